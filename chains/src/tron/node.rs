//! One node: is it the right chain and token, is it up to date, and the questions that are put to
//! its two views.

use super::block::{self, Header, Parsed};
use super::http::{Server, View};
use super::token::{Doubt, Token};
use super::{Clock, TronError, TronSettings, genesis};
use crate::adapter::{Block, ChainError, Head};
use crate::chain_name::ChainName;
use crate::provider::{Health, Node};
use async_trait::async_trait;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Span;
use parking_lot::Mutex;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The public chains make a block every 3 s: a head older than this is no head.
const HEAD_AGE_MAX: Span = Span::from_s(60);
/// How often a block is read anew whose infos are not its own: a node shows a new block a moment
/// before its infos, and a fork may exchange it between two answers.
const READINGS_MAX: u32 = 6;
/// Between two of them.
const READING_PAUSE: Duration = Duration::from_millis(80);
/// Answers larger than this are read on a thread of their own, so that nobody waits for it.
const INLINE_BYTES_MAX: usize = 256 * 1024;

/// What all nodes of the network agree in.
pub(super) struct Identity {
    pub(super) chain: ChainName,
    pub(super) token: Token,
    /// The first block, as the node that was identified first told it.
    pub(super) first: OnceLock<Hash32>,
}

/// One node of the network.
pub(super) struct TronNode {
    full: Server,
    solid: Server,
    identity: Arc<Identity>,
    now: Clock,
    /// Set once its first block was seen to be the right one; nothing is believed before.
    identified: AtomicBool,
    health: Arc<Health>,
    /// The newest solidified block that was seen to be in the head's chain.
    joined: Mutex<Option<Header>>,
}

impl TronNode {
    pub(super) fn new(
        settings: &TronSettings,
        place: usize,
        identity: &Arc<Identity>,
    ) -> Result<TronNode, TronError> {
        let health = Arc::new(Health::default());
        let server = |url: &str, view| {
            Server::new(url, view, settings.api_key.as_ref(), settings.time_limit, &health)
        };
        let url = settings.rpc.get(place).map_or("", String::as_str);
        let solid = settings.solidity_rpc.get(place).map_or(url, String::as_str);
        Ok(TronNode {
            full: server(url, View::Head).map_err(TronError::Rpc)?,
            solid: server(solid, View::Solid).map_err(TronError::SolidityRpc)?,
            identity: Arc::clone(identity),
            now: Arc::clone(&settings.now),
            identified: AtomicBool::new(false),
            health,
            joined: Mutex::new(None),
        })
    }

    /// The header that answers a question; none where the node has no such block.
    async fn header(
        &self,
        server: &Server,
        method: &str,
        question: Value,
    ) -> Result<Option<Header>, ChainError> {
        let body = server.ask(method, &question).await?;
        must_be_json(server, &body)?;
        block::header(&body).map_err(|why| server.nonsense(why))
    }

    async fn header_at(&self, server: &Server, height: u64) -> Result<Option<Header>, ChainError> {
        let question = json!({"id_or_num": height.to_string(), "detail": false});
        match self.header(server, "getblock", question).await? {
            Some(told) if told.at.height != height => Err(server.nonsense(format!(
                "asked for block {height}, it sent block {} {}",
                told.at.height, told.at.hash
            ))),
            header => Ok(header),
        }
    }

    fn not_ready(&self, detail: String) -> ChainError {
        ChainError::NotReady { provider: self.name().to_owned(), detail }
    }

    fn misconfigured(&self, detail: String) -> ChainError {
        ChainError::Misconfigured { provider: self.name().to_owned(), detail }
    }

    /// Checks the first block.
    async fn must_be_on_chain(&self) -> Result<(), ChainError> {
        let first = self.header(&self.full, "getblockbynum", json!({"num": 0})).await?;
        let first = first.ok_or_else(|| self.not_ready("it has no first block".to_owned()))?;
        let (hash, chain) = (first.at.hash, self.identity.chain);
        if !genesis::may_be(chain, &hash.to_string()) {
            let found = match genesis::name_of(&hash.to_string()) {
                Some(other) => format!("it is on trc20 {other}"),
                None => format!("its first block is {hash}, a chain unknown here"),
            };
            return Err(self.misconfigured(format!("trc20 {chain} is configured, {found}")));
        }
        let agreed = self.identity.first.get_or_init(|| hash);
        if *agreed != hash {
            let detail = format!("its first block is {hash}, that of another node {agreed}");
            return Err(self.misconfigured(detail));
        }
        Ok(())
    }

    /// Checks the token, unless another node of the same chain has been asked.
    async fn must_have_token(&self) -> Result<(), ChainError> {
        let token = &self.identity.token;
        if token.is_checked() {
            return Ok(());
        }
        let body = self.full.ask("triggerconstantcontract", &token.question()).await?;
        must_be_json(&self.full, &body)?;
        token.check(&body).map_err(|doubt| match doubt {
            Doubt::OtherToken(why) => self.misconfigured(self.full.quoted(&why)),
            Doubt::NoConstantCalls => ChainError::Refused {
                provider: self.name().to_owned(),
                detail: "it runs no constant calls, so the token cannot be checked; set \
                         supportConstant = true in its vm section and restart it"
                    .to_owned(),
            },
            Doubt::Nonsense(why) => self.full.nonsense(why),
        })
    }

    /// A head that is as old as this is none: the node downloads, or has lost its peers. Private
    /// chains make blocks when they like.
    fn must_be_up_to_date(&self, head: &Header) -> Result<(), ChainError> {
        let age_ms = (self.now)().unix_ms().saturating_sub(head.at.time.unix_ms());
        let is_public = self.identity.chain != ChainName::Regtest;
        if !is_public || age_ms.saturating_abs() <= HEAD_AGE_MAX.ms() {
            return Ok(());
        }
        let (seconds, height) = (age_ms.unsigned_abs() / 1000, head.at.height);
        Err(self.not_ready(match age_ms.is_negative() {
            false => format!(
                "its newest block, {height}, is {seconds} s old: it downloads the chain, or has \
                 lost its peers"
            ),
            true => format!(
                "its newest block, {height}, is {seconds} s in the future: set this machine's clock"
            ),
        }))
    }

    /// The solidified block must lie in the chain of the head, or the two views are of two chains
    /// and neither tells what of the other is final.
    async fn must_be_joined(&self, solid: &Header, head: &Header) -> Result<(), ChainError> {
        let (height, hash) = (solid.at.height, solid.at.hash);
        if *self.joined.lock() == Some(*solid) {
            return Ok(());
        }
        if head.at.height < height {
            return Err(self.not_ready(format!(
                "its head, block {}, is behind its solidified block {height}",
                head.at.height
            )));
        }
        match self.header_at(&self.full, height).await? {
            Some(same) if same.at.hash == hash => {
                *self.joined.lock() = Some(*solid);
                Ok(())
            }
            Some(other) => Err(self.full.nonsense(format!(
                "its block {height} is {}, and {hash} in the solidified view of {}: the two are of \
                 different chains",
                other.at.hash,
                self.solid.name()
            ))),
            None => Err(self.not_ready(format!("it does not tell its solidified block {height}"))),
        }
    }

    /// The hash of the block at `height` of the chain of the head.
    pub(super) async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError> {
        self.identify().await?;
        Ok(self.header_at(&self.full, height).await?.map(|header| header.at.hash))
    }

    /// Whether this block is solidified; false as long as the node has no solidified block there.
    pub(super) async fn is_solid(&self, height: u64, hash: Hash32) -> Result<bool, ChainError> {
        self.identify().await?;
        let known = self.joined.lock().filter(|joined| joined.at.height == height);
        let told = match known {
            Some(known) => Some(known),
            None => self.header_at(&self.solid, height).await?,
        };
        match told {
            Some(told) if told.at.hash != hash => Err(self.solid.nonsense(format!(
                "its solidified block {height} is {}, and the chain that was read has {hash} there",
                told.at.hash
            ))),
            told => Ok(told.is_some()),
        }
    }

    /// The block at `height` with the infos of its transactions, both wholly and of one block.
    pub(super) async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        self.identify().await?;
        let mut apart = String::new();
        for reading in 0..READINGS_MAX {
            if reading > 0 {
                tokio::time::sleep(READING_PAUSE).await;
            }
            match self.read_block(height).await? {
                Parsed::Block(block) => return Ok(Some(block)),
                Parsed::Absent => return Ok(None),
                Parsed::Apart(why) => apart = why,
            }
        }
        Err(self.full.nonsense(format!(
            "{apart}; if it stays so, the node keeps no infos: storage.transHistory.switch must be \
             \"on\""
        )))
    }

    async fn read_block(&self, height: u64) -> Result<Parsed, ChainError> {
        let question = json!({"num": height});
        let (block, infos) = tokio::join!(
            self.full.ask("getblockbynum", &question),
            self.full.ask("gettransactioninfobyblocknum", &question),
        );
        let (block, infos) = (block?, infos?);
        for body in [&block, &infos] {
            must_be_json(&self.full, body)?;
        }
        let contract = self.identity.token.contract;
        let parsed = if block.len().saturating_add(infos.len()) <= INLINE_BYTES_MAX {
            block::block(height, &contract, &block, &infos)
        } else {
            let parsing = move || block::block(height, &contract, &block, &infos);
            let parsed = tokio::task::spawn_blocking(parsing).await;
            parsed.unwrap_or_else(|error| Err(format!("block {height} could not be read: {error}")))
        };
        parsed.map_err(|why| self.full.nonsense(why))
    }
}

/// Whether it is JSON at all: a page or a text is told apart from JSON of another shape.
fn must_be_json(server: &Server, body: &[u8]) -> Result<(), ChainError> {
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(_) => Ok(()),
        Err(_) => Err(server.not_json(body)),
    }
}

#[async_trait]
impl Node for TronNode {
    fn name(&self) -> &str {
        self.full.name()
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn identify(&self) -> Result<(), ChainError> {
        if !self.identified.load(Ordering::Acquire) {
            self.must_be_on_chain().await?;
            self.must_have_token().await?;
            self.identified.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// The solidified block is asked for first: the head can only have gone on meanwhile.
    async fn head(&self) -> Result<Head, ChainError> {
        self.identify().await?;
        let none = || self.not_ready("it has no block yet".to_owned());
        let solid = self.header(&self.solid, "getnowblock", json!({})).await?.ok_or_else(none)?;
        let head = self.header(&self.full, "getblock", json!({"detail": false})).await?;
        let head = head.ok_or_else(none)?;
        self.must_be_up_to_date(&head)?;
        self.must_be_joined(&solid, &head).await?;
        self.health.told_height(head.at.height);
        let (height, hash) = (head.at.height, head.at.hash);
        Ok(Head { height, hash, solid_height: Some(solid.at.height) })
    }
}
