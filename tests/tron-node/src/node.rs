//! The node as a test holds it: where it is, and its levers.

use crate::address::Address;
use crate::api::Setup;
use crate::chain::{Chain, Fork};
use crate::contract::{Code, Token};
use crate::door::{Conduct, Door, Shared, Side};
use crate::fault::Fault;
use crate::producers::SLOT_MS;
use crate::receipt::Outcome;
use crate::world::{self, USDT};
use cryptopayment_test_support::{Failure, Told};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

mod paying;

/// Blocks a new chain has: with fewer, nothing is solid yet.
const BLOCKS_AT_FIRST: u64 = 40;
/// The ports, in the order of [`Side`].
const SIDES: [Side; 6] =
    [Side::Full, Side::Solidity, Side::Hosted, Side::Levers, Side::Rpc, Side::SolidRpc];

/// A running node; gone when dropped.
pub struct TronNode {
    shared: Arc<Shared>,
    addresses: [SocketAddr; 6],
    doors: Mutex<Vec<Door>>,
}

impl TronNode {
    /// A node whose head is of this moment, by this machine's clock.
    #[expect(clippy::disallowed_methods, reason = "a test's node begins when the test does")]
    pub async fn start() -> Told<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Self::start_at(i64::try_from(now.as_millis())?).await
    }

    /// A node whose head is of the slot that `now_ms` is in: the same moment, the same chain.
    pub async fn start_at(now_ms: i64) -> Told<Self> {
        let genesis_ms = now_ms - now_ms.rem_euclid(SLOT_MS) - BLOCKS_AT_FIRST as i64 * SLOT_MS;
        let mut chain = Chain::new(genesis_ms, world::genesis(genesis_ms));
        (0..BLOCKS_AT_FIRST).for_each(|_| chain.mine(0));
        Self::of(Arc::new(Mutex::new(chain))).await
    }

    /// Another node of the same chain: what one knows, the other knows; its faults are its own.
    pub async fn beside(&self) -> Told<Self> {
        Self::of(Arc::clone(&self.shared.chain)).await
    }

    async fn of(chain: Arc<Mutex<Chain>>) -> Told<Self> {
        let setup = Setup {
            constant_calls: true,
            energy_estimates: true,
            logs_indexed_from: 0,
            broadcasts: None,
        };
        let conduct = Conduct { setup, faults: Vec::new(), key: None, asked: Vec::new() };
        let shared = Arc::new(Shared { chain, conduct: Mutex::new(conduct) });
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let (mut doors, mut addresses) = (Vec::new(), [any; 6]);
        for (side, address) in SIDES.iter().zip(&mut addresses) {
            let door = Door::open(any, *side, Arc::clone(&shared)).await?;
            *address = door.address;
            doors.push(door);
        }
        Ok(Self { shared, addresses, doors: Mutex::new(doors) })
    }

    /// Where `/wallet/*` is, as on port 8090.
    #[must_use]
    pub fn full_url(&self) -> String {
        format!("http://{}", self.addresses[0])
    }

    /// Where `/walletsolidity/*` is, as on port 8091.
    #[must_use]
    pub fn solidity_url(&self) -> String {
        format!("http://{}", self.addresses[1])
    }

    /// Where both are, as at hosted nodes.
    #[must_use]
    pub fn hosted_url(&self) -> String {
        format!("http://{}", self.addresses[2])
    }

    /// Where `/jsonrpc` is, as on port 8545.
    #[must_use]
    pub fn rpc_url(&self) -> String {
        format!("http://{}/jsonrpc", self.addresses[4])
    }

    /// Where `/jsonrpc` is of what is solid, as on port 8555: there `latest` is the solid head.
    #[must_use]
    pub fn solid_rpc_url(&self) -> String {
        format!("http://{}/jsonrpc", self.addresses[5])
    }

    /// Where the levers are: POST a JSON object to `/mine`, `/reorganise`, `/pay` and so on.
    #[must_use]
    pub fn levers_url(&self) -> String {
        format!("http://{}", self.addresses[3])
    }

    /// The dollar token, in base58.
    #[must_use]
    pub fn token(&self) -> &'static str {
        USDT
    }

    /// The id of the first block, which names the network.
    #[must_use]
    pub fn genesis_id(&self) -> String {
        hex::encode(self.shared.chain.lock().blocks[0].id)
    }

    /// The newest block's number.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.shared.chain.lock().head().number
    }

    /// The newest block's time, ms since 1970.
    #[must_use]
    pub fn head_time_ms(&self) -> i64 {
        self.shared.chain.lock().head().time_ms
    }

    /// The newest solid block's number.
    #[must_use]
    pub fn solid(&self) -> u64 {
        self.shared.chain.lock().solid()
    }

    /// A block's id.
    #[must_use]
    pub fn block_id(&self, number: u64) -> Option<String> {
        let chain = self.shared.chain.lock();
        chain.blocks.get(usize::try_from(number).ok()?).map(|block| hex::encode(block.id))
    }

    /// Makes blocks, one a slot; the first takes what waits in the pool.
    pub fn mine(&self, blocks: u64) {
        let mut chain = self.shared.chain.lock();
        (0..blocks).for_each(|_| chain.mine(0));
    }

    /// Makes blocks and leaves in the pool what waits there (a minute at most).
    pub fn mine_empty(&self, blocks: u64) {
        let mut chain = self.shared.chain.lock();
        (0..blocks).for_each(|_| chain.mine_empty());
    }

    /// Makes one block after so many slots without any.
    pub fn mine_after(&self, missed_slots: u64) {
        self.shared.chain.lock().mine(missed_slots);
    }

    /// Makes one block in the slot of a moment, if that is still to come: the chain stood still.
    pub fn mine_until(&self, time_ms: i64) {
        let mut chain = self.shared.chain.lock();
        let missed = (time_ms - chain.next_time_ms()) / SLOT_MS;
        if let Ok(missed) = u64::try_from(missed) {
            chain.mine(missed);
        }
    }

    /// The first `producers` of the 27 build no blocks from now on. With nine silent nothing
    /// becomes solid; with eight everything does, as slowly as ever.
    pub fn silence(&self, producers: usize) {
        self.shared.chain.lock().producers.silent = (0..producers).collect();
    }

    /// Switches to another branch.
    pub fn reorganise(&self, fork: Fork) -> Told<()> {
        self.shared.chain.lock().reorganise(&fork).map_err(Failure::new)
    }

    /// Sun out of nowhere; the account exists from now on.
    pub fn fund(&self, address: &str, sun: i64) -> Told<()> {
        let address = read(address)?;
        self.shared.chain.lock().decree(|state| {
            state.accounts.entry(address).or_default().balance += sun;
        });
        Ok(())
    }

    /// Dollars out of nowhere, without a log.
    pub fn mint(&self, address: &str, units: u128) -> Told<()> {
        let address = read(address)?;
        self.token_rules(USDT, |token| *token.balances.entry(address).or_default() += units)
    }

    /// Changes a token: pauses it, gives it a fee, a blacklist, another popularity.
    pub fn token_rules(&self, token: &str, mut change: impl FnMut(&mut Token)) -> Told<()> {
        let address = read(token)?;
        let mut found = false;
        self.shared.chain.lock().decree(|state| {
            if let Some(Code::Token(token)) = state.contracts.get_mut(&address) {
                change(token);
                found = true;
            }
        });
        if found { Ok(()) } else { Err(Failure::new(format!("{token} is no token"))) }
    }

    /// Base units of a token that an address has, the pool's effects included.
    #[must_use]
    pub fn units_of(&self, token: &str, address: &str) -> u128 {
        let chain = self.shared.chain.lock();
        let (token, address) = (world::at(token), world::at(address));
        match chain.view(false, 0).state().contracts.get(&token) {
            Some(Code::Token(token)) => token.balance(address),
            Some(Code::Batcher) | None => 0,
        }
    }

    /// Sun that an address has, the pool's effects included.
    #[must_use]
    pub fn sun_of(&self, address: &str) -> i64 {
        let chain = self.shared.chain.lock();
        let account = chain.view(false, 0).state().accounts.get(&world::at(address)).cloned();
        account.map_or(0, |account| account.balance)
    }

    /// Sun that was burned, and all there ever was: their difference is what accounts have.
    #[must_use]
    pub fn sun_in_all(&self) -> (i64, i64) {
        let chain = self.shared.chain.lock();
        let view = chain.view(false, 0);
        (view.state().burned, view.state().trx_in_all())
    }

    /// Staked energy for an account that exists.
    pub fn delegate_energy(&self, address: &str, energy: i64) -> Told<()> {
        self.account(address, |account| account.energy_limit = energy)
    }

    /// Staked bandwidth for an account that exists.
    pub fn delegate_bandwidth(&self, address: &str, points: i64) -> Told<()> {
        self.account(address, |account| account.net_limit = points)
    }

    /// An account whose owner permission is another key's from now on.
    pub fn hand_over(&self, address: &str, to: &str) -> Told<()> {
        let to = read(to)?;
        self.account(address, |account| account.owner_key = Some(to))
    }

    fn account(
        &self,
        address: &str,
        mut change: impl FnMut(&mut crate::state::Account),
    ) -> Told<()> {
        let address = read(address)?;
        let mut chain = self.shared.chain.lock();
        if !chain.head().state.as_ref().is_some_and(|it| it.accounts.contains_key(&address)) {
            return Err(Failure::new(format!("{address} is not active")));
        }
        chain.decree(|state| {
            state.accounts.entry(address).and_modify(&mut change);
        });
        Ok(())
    }

    /// A vote has passed: `getEnergyFee`, 210.
    pub fn set_parameter(&self, key: &str, value: i64) {
        let mut chain = self.shared.chain.lock();
        let now_ms = chain.head().time_ms;
        chain.parameters.set(key, value, now_ms);
    }

    /// The next contract calls that come into blocks end so, whatever they ask for.
    pub fn doom(&self, outcomes: &[Outcome]) {
        self.shared.chain.lock().dooms.extend(outcomes);
    }

    /// Keeps a transaction out of blocks, until `release`.
    pub fn hold(&self, txid: &str) -> Told<()> {
        self.shared.chain.lock().held.insert(id(txid)?);
        Ok(())
    }

    /// Lets a transaction into blocks again.
    pub fn release(&self, txid: &str) -> Told<()> {
        self.shared.chain.lock().held.remove(&id(txid)?);
        Ok(())
    }

    /// The ids of what waits in the pool, in order.
    #[must_use]
    pub fn pool(&self) -> Vec<String> {
        let chain = self.shared.chain.lock();
        chain.pool.iter().map(|one| hex::encode(one.transaction.id)).collect()
    }

    /// Why a transaction left the pool without a block, if it did: the newest reason.
    #[must_use]
    pub fn lost(&self, txid: &str) -> Option<String> {
        let chain = self.shared.chain.lock();
        let found = chain.lost.iter().rev().find(|(id, _)| hex::encode(id) == txid)?;
        Some(found.1.message())
    }

    /// Requests are treated so from now on; of several faults that fit, the first holds.
    pub fn break_down(&self, fault: Fault) {
        self.shared.conduct.lock().faults.push(fault);
    }

    /// All faults are gone.
    pub fn mend(&self) {
        self.shared.conduct.lock().faults.clear();
    }

    /// Changes what the node's operator has configured.
    pub fn set_up(&self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.shared.conduct.lock().setup);
    }

    /// Nothing is answered without this key in `TRON-PRO-API-KEY`.
    pub fn require_key(&self, key: Option<&str>) {
        self.shared.conduct.lock().key = key.map(str::to_owned);
    }

    /// How often a path was asked.
    #[must_use]
    pub fn asked(&self, path: &str) -> usize {
        self.shared.conduct.lock().asked.iter().filter(|asked| asked.contains(path)).count()
    }

    /// Closes the ports: connections are refused.
    pub fn go_down(&self) {
        self.doors.lock().clear();
    }

    /// Opens the same ports again.
    pub async fn come_back(&self) -> Told<()> {
        let mut opened = Vec::new();
        for (side, address) in SIDES.iter().zip(self.addresses) {
            opened.push(Door::open(address, *side, Arc::clone(&self.shared)).await?);
        }
        *self.doors.lock() = opened;
        Ok(())
    }
}

fn read(address: &str) -> Told<Address> {
    let read = Address::of_base58(address);
    read.ok_or_else(|| Failure::new(format!("{address} is no TRON address")))
}

fn id(txid: &str) -> Told<[u8; 32]> {
    let bytes = hex::decode(txid)?;
    bytes.try_into().map_err(|_| Failure::new(format!("{txid} is no transaction id")))
}
