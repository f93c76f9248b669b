//! Names of endpoints: resolved once, every address checked, and the connection goes to exactly
//! these addresses. (Checking first and letting the client resolve again would leave a gap for a
//! name that changes its mind.)

use super::guard::{BlockedAddress, Guard};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Resolves names for one of the courier's two clients.
pub(super) struct GuardedResolver {
    pub(super) guard: Arc<Guard>,
    /// For plain `http`: every address must lie in an allowed network.
    pub(super) plain: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, plain) = (Arc::clone(&self.guard), self.plain);
        Box::pin(async move {
            // The port is the connector's: zero stands for the URL's own.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            if addresses.is_empty() {
                let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
                return Err(error.into());
            }
            for address in &addresses {
                check(&guard, address.ip(), plain)?;
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

/// One bad address among good ones spoils them all: which one is taken is up to chance.
fn check(guard: &Guard, address: IpAddr, plain: bool) -> Result<(), BlockedAddress> {
    guard.check(address)?;
    if plain && !guard.is_allowed_network(address) {
        return Err(BlockedAddress { address, kind: "in no network allowed for plain http" });
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
}
