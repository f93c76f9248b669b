//! The node's ports: HTTP on loopback, answered from the chain unless a fault says otherwise.

use crate::api::{self, Answer, Asked, Question, Setup};
use crate::chain::Chain;
use crate::fault::{Fault, Manner};
use crate::jsonrpc;
use crate::levers;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::{Connection, Request};
use parking_lot::Mutex;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The header that hosted nodes want their key in.
const KEY_HEADER: &str = "TRON-PRO-API-KEY";
/// What is asked where JSON-RPC is.
const RPC: &str = "jsonrpc";

/// What a port serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `/wallet/*`, as port 8090.
    Full,
    /// `/walletsolidity/*`, as port 8091.
    Solidity,
    /// Both, as hosted nodes do.
    Hosted,
    /// The levers.
    Levers,
    /// `/jsonrpc`, as port 8545.
    Rpc,
    /// `/jsonrpc` of what is solid, as port 8555.
    SolidRpc,
}

/// How this node treats requests at present.
pub struct Conduct {
    pub setup: Setup,
    pub faults: Vec<Fault>,
    pub key: Option<String>,
    /// Every path asked so far.
    pub asked: Vec<String>,
}

/// The chain, which several nodes may share, and one node's conduct.
pub struct Shared {
    pub chain: Arc<Mutex<Chain>>,
    pub conduct: Mutex<Conduct>,
}

/// An open port; closed when dropped, with every connection through it.
pub struct Door {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Door {
    /// Opens a port; zero is any.
    pub async fn open(address: SocketAddr, side: Side, shared: Arc<Shared>) -> Told<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, side, shared));
        Ok(Self { address, task })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, side: Side, shared: Arc<Shared>) {
    // Dropped with this task, and every visit with it.
    let mut visits = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // A client that goes away is none of the node's business.
        visits.spawn(async move { visit(stream, side, &shared).await.ok() });
        while visits.try_join_next().is_some() {}
    }
}

async fn visit(stream: TcpStream, side: Side, shared: &Shared) -> Told<()> {
    stream.set_nodelay(true)?;
    let mut client = Connection::accepted(stream);
    while let Some(request) = client.request().await? {
        if side == Side::Levers {
            let answer = levers::pull(shared, &request);
            client.send(&bytes_of(&answer)).await?;
            continue;
        }
        let manner = shared.manner_for(&request.path);
        match &manner {
            Some(Manner::Hang) => pending().await,
            Some(Manner::Reset) => return client.reset(),
            Some(Manner::Slow(delay)) => tokio::time::sleep(*delay).await,
            Some(_) | None => {}
        }
        let answer = shared.answer(side, &request, manner.as_ref());
        if manner == Some(Manner::LostReply) {
            return client.reset();
        }
        client.send(&bytes_of(&answer)).await?;
    }
    Ok(())
}

impl Shared {
    /// How the next request to `path` is treated.
    fn manner_for(&self, path: &str) -> Option<Manner> {
        let mut conduct = self.conduct.lock();
        conduct.asked.push(path.to_owned());
        let index = conduct.faults.iter().position(|fault| path.contains(&fault.on))?;
        let fault = &mut conduct.faults[index];
        let mut manner = fault.manner.clone();
        if let Manner::Wavering(behind) = manner {
            let turn = fault.times.unwrap_or_default();
            fault.times = Some(turn + 1);
            manner = Manner::Behind(if turn.is_multiple_of(2) { 0 } else { behind });
        } else if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                conduct.faults.remove(index);
            }
        }
        Some(manner)
    }

    fn answer(&self, side: Side, request: &Request, manner: Option<&Manner>) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let Some((solid, name)) = what_is_asked(side, path) else {
            return Answer::page(404, "<html><body>HTTP ERROR 404</body></html>");
        };
        let (setup, key) = {
            let conduct = self.conduct.lock();
            (conduct.setup.clone(), conduct.key.clone())
        };
        if key.is_some_and(|key| request.headers.get(KEY_HEADER) != Some(&key)) {
            let body = r#"{"Error":"ApiKey not exists"}"#.to_owned();
            return Answer { status: 401, content_type: "application/json", body };
        }
        if let Some(answer) = manner.and_then(|manner| manner.instead(name)) {
            return answer;
        }
        let lag = match manner {
            Some(Manner::Behind(blocks)) => *blocks,
            Some(_) | None => 0,
        };
        let answer = if name == RPC {
            jsonrpc::answer(&self.chain.lock().view(solid, lag), &setup, &request.body)
        } else {
            let mut asked = match Asked::read(&request.method, query, &request.body) {
                Ok(asked) => asked,
                Err(answer) => return answer,
            };
            if let (Some(Manner::OfBlock(number)), true) = (manner, asked.body.is_object()) {
                asked.body["num"] = (*number).into();
            }
            let question = Question { solid, lag, name, asked: &asked, setup: &setup };
            api::answer(&mut self.chain.lock(), &question)
        };
        match manner {
            Some(manner) => manner.bend(answer),
            None => answer,
        }
    }
}

/// Whether only what is solid is asked about, and the last part of the path; nothing where this
/// port has not got it.
fn what_is_asked(side: Side, path: &str) -> Option<(bool, &str)> {
    if path.trim_end_matches('/') == "/jsonrpc" {
        let has_it = matches!(side, Side::Rpc | Side::SolidRpc | Side::Hosted);
        return has_it.then_some((side == Side::SolidRpc, RPC));
    }
    let full = path.strip_prefix("/wallet/").map(|name| (false, name));
    let solid = path.strip_prefix("/walletsolidity/").map(|name| (true, name));
    match side {
        Side::Full => full,
        Side::Solidity => solid,
        Side::Hosted => full.or(solid),
        Side::Levers | Side::Rpc | Side::SolidRpc => None,
    }
}

fn bytes_of(answer: &Answer) -> Vec<u8> {
    format!(
        "HTTP/1.1 {} So\r\nContent-Type: {}; charset=utf-8\r\nContent-Length: {}\r\n\r\n{}",
        answer.status,
        answer.content_type,
        answer.body.len(),
        answer.body
    )
    .into_bytes()
}
