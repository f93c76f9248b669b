//! JSON-RPC to a node: basic authentication, parameters and results as text.

use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::wire::{exchange, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::SocketAddr;

/// A node's RPC, as one user sees it.
#[derive(Debug, Clone)]
pub struct Rpc {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its user.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl Rpc {
    /// `http://user:password@address`, as the gateway's configuration wants it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}:{}@{}", self.user, self.password, self.address)
    }

    /// Calls `method`; `parameters` is a JSON list as text: `["address","0.5"]`.
    pub async fn call(&self, method: &str, parameters: &str) -> Told<Json> {
        self.call_at("/", method, parameters).await
    }

    /// [`Rpc::call`] on the wallet the node was started with.
    pub async fn wallet(&self, method: &str, parameters: &str) -> Told<Json> {
        self.call_at("/wallet/tests", method, parameters).await
    }

    async fn call_at(&self, path: &str, method: &str, parameters: &str) -> Told<Json> {
        let body = format!(
            r#"{{"jsonrpc":"1.0","id":"tests","method":"{method}","params":{parameters}}}"#
        );
        let secret = STANDARD.encode(format!("{}:{}", self.user, self.password));
        let basic = format!("Basic {secret}");
        let headers = [("Authorization", basic.as_str()), ("Connection", "close")];
        let answer =
            exchange(self.address, &request("POST", path, &headers, body.as_bytes())).await?;
        let said = answer.json().map_err(|_| {
            Failure::new(format!("{method} was answered {}: {}", answer.status, answer.text()))
        })?;
        let error = said.at("error")?;
        if *error == Json::Null {
            return said.at("result").cloned();
        }
        Err(Failure::new(format!("{method} {parameters} was refused: {error}")))
    }
}
