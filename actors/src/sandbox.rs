//! Sandbox: holds the simulated chains; pays, mines and reorganises. Exists only where the
//! networks are simulated.

use crate::clock::Alarm;
use crate::gateway::{SandboxAsk, SandboxDid, SandboxRefusal};
use crate::house::House;
use actix::prelude::*;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::simulated::node::NodeError;
use cryptopayment_chains::simulated::{ReorgStyle, SimulatedNode};
use cryptopayment_domain::invoice::Invoice;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::time::{Span, Timestamp};
use std::collections::BTreeMap;

/// Blocks mined at once on request.
pub const MINE_BLOCKS_MAX: u32 = 1000;
/// Blocks that a requested reorganisation replaces at most.
pub const REORG_DEPTH_MAX: u32 = 100;

impl Message for SandboxAsk {
    type Result = Result<SandboxDid, SandboxRefusal>;
}

/// One per sandbox.
pub struct Sandbox {
    house: House,
    nodes: BTreeMap<Network, SimulatedNode>,
    /// A block on every chain this often; none: only on request.
    block_time: Option<Span>,
}

impl Sandbox {
    /// A sandbox of these chains.
    pub const fn new(
        house: House,
        nodes: BTreeMap<Network, SimulatedNode>,
        block_time: Option<Span>,
    ) -> Sandbox {
        Sandbox { house, nodes, block_time }
    }

    fn next_block(&self, ctx: &Context<Self>) {
        if let Some(block_time) = self.block_time {
            let at = self.house.time.now().plus(block_time);
            self.house.wake(at, ctx.address().recipient());
        }
    }

    fn prepare(&self, ask: SandboxAsk) -> Result<Errand, SandboxRefusal> {
        let now = self.house.time.now();
        match ask {
            SandboxAsk::Pay { address, amount } => self.prepare_payment(&address, amount),
            SandboxAsk::Mine { network, blocks } => {
                bounded("blocks", blocks, MINE_BLOCKS_MAX)?;
                Ok(Errand::Mine { node: self.node(network)?, network, blocks, now })
            }
            SandboxAsk::Reorganise { network, depth } => {
                bounded("depth", depth, REORG_DEPTH_MAX)?;
                Ok(Errand::Reorganise { node: self.node(network)?, network, depth, now })
            }
        }
    }

    fn node(&self, network: Network) -> Result<SimulatedNode, SandboxRefusal> {
        let missing = || SandboxRefusal::OutOfBounds(format!("{network} is not simulated here"));
        self.nodes.get(&network).cloned().ok_or_else(missing)
    }

    fn prepare_payment(
        &self,
        address: &str,
        amount: Option<String>,
    ) -> Result<Errand, SandboxRefusal> {
        let (payee, invoice) = self.find(address)?;
        let network = payee.network();
        let amount = match amount {
            Some(text) => {
                Money::parse(network, &text).map_err(|_| SandboxRefusal::InvalidAmount)?
            }
            None => {
                let remaining = invoice.figures(None).remaining;
                if remaining.is_zero() { invoice.terms.due } else { remaining }
            }
        };
        if amount.is_zero() {
            return Err(SandboxRefusal::InvalidAmount);
        }
        Ok(Errand::Pay { node: self.node(network)?, payee, amount })
    }

    /// The invoice that an address belongs to. The same text can be an address of ETH and of BEP20;
    /// whose it is, our own views say.
    fn find(&self, text: &str) -> Result<(Address, Invoice), SandboxRefusal> {
        let views = self.house.views();
        for network in self.nodes.keys().copied() {
            let Ok(payee) = Address::parse(network, ChainName::Regtest, text) else { continue };
            let found = views.invoice_at(network, payee.bytes()).ok().flatten();
            let row = found.and_then(|found| views.invoice(found.invoice).ok().flatten());
            if let Some(row) = row {
                return Ok((payee, row.value));
            }
        }
        Err(SandboxRefusal::UnknownAddress)
    }
}

/// What goes to a thread that may wait for the disk.
enum Errand {
    Pay { node: SimulatedNode, payee: Address, amount: Money },
    Mine { node: SimulatedNode, network: Network, blocks: u32, now: Timestamp },
    Reorganise { node: SimulatedNode, network: Network, depth: u32, now: Timestamp },
}

impl Errand {
    fn run(self) -> Result<SandboxDid, SandboxRefusal> {
        match self {
            Errand::Pay { node, payee, amount } => {
                let txid = node.pay(&payee, amount).map_err(refusal)?;
                let network = payee.network();
                Ok(SandboxDid::Paid { network, txid, amount: amount.to_string() })
            }
            Errand::Mine { node, network, blocks, now } => {
                let height = node.mine(blocks, now).map_err(refusal)?;
                Ok(SandboxDid::Moved { network, height })
            }
            Errand::Reorganise { node, network, depth, now } => {
                let height =
                    node.reorganise(depth, ReorgStyle::BackToMempool, now).map_err(refusal)?;
                Ok(SandboxDid::Moved { network, height })
            }
        }
    }
}

fn refusal(error: NodeError) -> SandboxRefusal {
    match error {
        NodeError::Impossible(reason) => SandboxRefusal::OutOfBounds(reason.to_string()),
        NodeError::OtherNetwork(..)
        | NodeError::Store(_)
        | NodeError::Damaged { .. }
        | NodeError::OtherChain(..) => SandboxRefusal::Failed(error.to_string()),
    }
}

fn bounded(what: &str, number: u32, most: u32) -> Result<(), SandboxRefusal> {
    if (1..=most).contains(&number) {
        Ok(())
    } else {
        Err(SandboxRefusal::OutOfBounds(format!("{what} must be between 1 and {most}")))
    }
}

impl Actor for Sandbox {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.next_block(ctx);
    }
}

impl Handler<SandboxAsk> for Sandbox {
    type Result = ResponseFuture<Result<SandboxDid, SandboxRefusal>>;

    fn handle(&mut self, ask: SandboxAsk, _: &mut Self::Context) -> Self::Result {
        let errand = self.prepare(ask);
        Box::pin(async {
            let errand = errand?;
            let done = tokio::task::spawn_blocking(move || errand.run()).await;
            done.map_err(|error| SandboxRefusal::Failed(error.to_string()))?
        })
    }
}

impl Handler<Alarm> for Sandbox {
    type Result = ();

    fn handle(&mut self, Alarm: Alarm, ctx: &mut Self::Context) {
        let now = self.house.time.now();
        let nodes: Vec<_> = self.nodes.values().cloned().collect();
        let mined = tokio::task::spawn_blocking(move || {
            nodes.iter().try_for_each(|node| node.mine(1, now).map(|_| ()))
        });
        ctx.spawn(mined.into_actor(self).map(|mined, sandbox, ctx| {
            if let Ok(Err(error)) = mined {
                // Its disk has failed: the chain stands still until the sandbox is started again.
                tracing::error!(%error, "a simulated chain could not mine");
            }
            sandbox.next_block(ctx);
        }));
    }
}
