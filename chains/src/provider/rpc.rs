//! JSON-RPC 2.0 to one node: one call, or several in one request.

use super::ProviderError;
use super::health::Health;
use super::transport::{Sentences, Transport};
use crate::adapter::ChainError;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// "Method not found".
pub const NO_SUCH_METHOD: i64 = -32601;

/// What a node answered to one call: the `result`, or its own error.
pub type Answer = Result<Box<RawValue>, NodeError>;

/// An error that the node itself told, with its code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NodeError {
    /// What went wrong, by number; the numbers below −32000 are JSON-RPC's own.
    pub code: i64,
    /// The same for people.
    #[serde(default)]
    pub message: String,
}

/// What a node's own error says of the node.
pub enum Meaning {
    /// It refuses this call.
    Refused,
    /// It refuses, and this may be why.
    RefusedBecause(&'static str),
    /// It starts, or downloads the chain.
    NotReady,
    /// We ask too much of it.
    Limited,
}

/// One reply, not judged yet.
#[derive(Deserialize)]
pub struct Reply {
    #[serde(default, deserialize_with = "even_null")]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<NodeError>,
    #[serde(default)]
    id: Option<u64>,
}

/// A `null` that was sent is a result; one that was not is none.
fn even_null<'de, D: serde::Deserializer<'de>>(told: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(told).map(Some)
}

impl Reply {
    /// The code of the node's own error, if it is one.
    pub fn error_code(&self) -> Option<i64> {
        self.error.as_ref().map(|error| error.code)
    }
}

/// One node's JSON-RPC.
pub struct Rpc {
    transport: Transport,
    meaning: fn(&NodeError) -> Meaning,
}

impl Rpc {
    /// The node at `url` (`http://user:password@host:port/path`); `meaning` reads its own errors.
    pub fn new(
        url: &str,
        time_limit: Duration,
        sentences: Sentences,
        meaning: fn(&NodeError) -> Meaning,
        health: Arc<Health>,
    ) -> Result<Rpc, ProviderError> {
        Ok(Rpc { transport: Transport::new(url, time_limit, sentences, health)?, meaning })
    }

    /// Host and port.
    pub fn name(&self) -> &str {
        self.transport.name()
    }

    /// Calls one method. A node's own error other than `expected` is a [`ChainError`].
    pub async fn call(
        &self,
        method: &str,
        params: Value,
        expected: &[i64],
    ) -> Result<Answer, ChainError> {
        let question = json!({"jsonrpc": "2.0", "id": 0, "method": method, "params": params});
        let body = self.transport.post(question.to_string()).await?;
        let reply: Reply =
            serde_json::from_slice(&body).map_err(|_| self.transport.not_json(&body))?;
        self.judge(method, reply, expected)
    }

    /// Makes all these calls in one request; answers in the same order. The node works them off one
    /// after the other. What each answer means is for [`Rpc::judge`].
    pub async fn batch(&self, calls: &[(&str, Value)]) -> Result<Vec<Reply>, ChainError> {
        let numbered = (0u64..).zip(calls);
        let questions = numbered.map(|(id, (method, params))| {
            json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        });
        let question = Value::Array(questions.collect()).to_string();
        let body = self.transport.post(question).await?;
        let mut replies: Vec<Reply> =
            serde_json::from_slice(&body).map_err(|_| self.transport.not_json(&body))?;
        // JSON-RPC 2.0 §6: the answers of a batch may come in any order.
        replies.sort_by_key(|reply| reply.id);
        let in_order = (0u64..).map(Some).zip(&replies).all(|(id, reply)| reply.id == id);
        if replies.len() != calls.len() || !in_order {
            let detail = format!("it did not answer each of {} calls", calls.len());
            return Err(self.nonsense(detail));
        }
        Ok(replies)
    }

    /// The node's answer to a call. An error of its own other than `expected` is a [`ChainError`].
    pub fn judge(
        &self,
        method: &str,
        reply: Reply,
        expected: &[i64],
    ) -> Result<Answer, ChainError> {
        match (reply.error, reply.result) {
            (Some(error), _) if expected.contains(&error.code) => Ok(Err(error)),
            (Some(error), _) => Err(self.refusal(method, &error)),
            (None, Some(result)) => Ok(Ok(result)),
            (None, None) => Err(self.nonsense(format!("{method}: neither result nor error"))),
        }
    }

    fn refusal(&self, method: &str, error: &NodeError) -> ChainError {
        let provider = self.name().to_owned();
        let detail = format!("{method}: {} (code {})", error.message, error.code);
        match (self.meaning)(error) {
            Meaning::Refused => ChainError::Refused { provider, detail },
            Meaning::RefusedBecause(why) => {
                ChainError::Refused { provider, detail: format!("{detail}; {why}") }
            }
            Meaning::NotReady => ChainError::NotReady { provider, detail: error.message.clone() },
            Meaning::Limited => ChainError::RateLimited { provider, detail },
        }
    }

    /// The answer makes no sense, for this reason.
    pub fn nonsense(&self, detail: String) -> ChainError {
        self.transport.nonsense(detail)
    }
}
