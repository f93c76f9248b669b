//! Names of endpoints: resolved once, every address checked, and the connection goes to exactly
//! these addresses. (Checking first and letting the client resolve again would leave a gap for a
//! name that changes its mind.)

use super::guard::Guard;
use async_trait::async_trait;
use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Who knows the addresses of names.
#[async_trait]
pub(super) trait Names: Send + Sync {
    /// All addresses of a name, asked anew each time.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
pub(super) struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A name leads where deliveries may not go. It does not say to which address: what the names of
/// this machine's neighbours are is no merchant's business.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to an address that is {kind}; webhooks go to public addresses only")]
pub(super) struct BlockedName {
    /// What is special about the address.
    kind: &'static str,
}

type Trouble = Box<dyn Error + Send + Sync>;

/// Resolves names for one of the courier's two clients.
#[derive(Clone)]
pub(super) struct GuardedResolver {
    pub(super) names: Arc<dyn Names>,
    pub(super) guard: Arc<Guard>,
    /// For plain `http`: every address must lie in an allowed network.
    pub(super) plain: bool,
}

impl GuardedResolver {
    /// The addresses of a host (a name, or a literal), every one of them checked; never none.
    pub(super) async fn addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Trouble> {
        let found = match host.parse() {
            Ok(literal) => vec![literal],
            Err(_) => self.names.addresses(host).await?,
        };
        if found.is_empty() {
            let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            return Err(error.into());
        }
        for address in &found {
            check(&self.guard, *address, self.plain)?;
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }
}

/// One bad address among good ones spoils them all: which one is taken is up to chance.
fn check(guard: &Guard, address: IpAddr, plain: bool) -> Result<(), BlockedName> {
    guard.check(address).map_err(|blocked| BlockedName { kind: blocked.kind })?;
    if plain && !guard.is_allowed_network(address) {
        return Err(BlockedName { kind: "in no network allowed for plain http" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cidr::Cidr;

    #[test]
    fn plain_http_goes_only_into_allowed_networks() {
        let guard = Guard::new(vec![Cidr::loopback()[0]]);
        let rows = [
            ("127.0.0.1", true, true),
            ("127.0.0.1", false, true),
            ("8.8.8.8", true, false),
            ("8.8.8.8", false, true),
            ("10.0.0.1", false, false),
            ("::1", false, false),
        ];
        for (address, plain, passes) in rows {
            let checked = check(&guard, address.parse().unwrap(), plain);
            assert_eq!(checked.is_ok(), passes, "{address} plain {plain}");
        }
    }

    #[test]
    fn who_asks_by_name_does_not_learn_the_address() {
        let blocked = check(&Guard::default(), "10.7.8.9".parse().unwrap(), false).unwrap_err();
        let said = blocked.to_string();
        assert!(said.contains("private") && !said.contains("10.7.8.9"), "{said}");
    }
}
