//! The customer who pays, straight or through contracts, and those who only seem to pay.

use super::anvil::{Anvil, Coin};
use super::contracts::{address, number, payees};
use crate::failure::Told;

/// Gas that every transaction here has: those that fail are mined all the same.
const GAS: u64 = 1_500_000;

impl Anvil {
    /// Sends a transaction; answers its id. It waits until a block is mined.
    pub async fn transact(&self, to: Option<&str>, wei: u128, data: &str) -> Told<String> {
        let to = to.map_or_else(String::new, |to| format!(r#""to":"{to}","#));
        let from = &self.accounts[0];
        let transaction = format!(
            r#"[{{"from":"{from}",{to}"value":"{wei:#x}","gas":"{GAS:#x}","data":"{data}"}}]"#
        );
        Ok(self.call("eth_sendTransaction", &transaction).await?.text("")?.to_owned())
    }

    async fn token_call(&self, token: &str, method: &str, words: &[String]) -> Told<String> {
        self.transact(Some(token), 0, &self.contracts.call("Dollar", method, words)?).await
    }

    async fn forward(&self, wei: u128, method: &str, words: &[String]) -> Told<String> {
        let data = self.contracts.call("Forwarder", method, words)?;
        self.transact(Some(&self.forwarder), wei, &data).await
    }

    /// Pays in the ordinary way.
    pub async fn send(&self, to: &str, units: u128) -> Told<String> {
        match self.coin {
            Coin::Ether => self.transact(Some(to), units, "0x").await,
            Coin::Dollars => self.send_token(&self.token, to, units).await,
        }
    }

    /// Pays with a token.
    pub async fn send_token(&self, token: &str, to: &str, units: u128) -> Told<String> {
        self.token_call(token, "transfer(address,uint256)", &[address(to), number(units)]).await
    }

    /// One transaction that pays all of these from inside a contract.
    pub async fn send_all(&self, outputs: &[(&str, u128)]) -> Told<String> {
        let words = payees(outputs);
        let sum = outputs.iter().map(|(_, units)| units).sum();
        match self.coin {
            Coin::Ether => self.forward(sum, "payAll(address[],uint256[])", &words).await,
            Coin::Dollars => {
                self.token_call(&self.token, "payAll(address[],uint256[])", &words).await
            }
        }
    }

    /// A contract that ends and leaves all it has.
    pub async fn send_by_ending(&self, to: &str, units: u128) -> Told<String> {
        let ending = self.deploy("Forwarder", &[]).await?;
        let data = self.contracts.call("Forwarder", "end(address)", &[address(to)])?;
        self.transact(Some(&ending), units, &data).await
    }

    /// Everything that looks like a payment of `units` to `to`, and is none.
    pub async fn seem_to_send(&self, to: &str, units: u128) -> Told<()> {
        let words = [address(to), number(units)];
        self.send_token(&self.look_alike, to, units).await?;
        self.token_call(&self.token, "payAndFail(address,uint256)", &words).await?;
        let nothing = [address(&self.accounts[1]), address(to), number(0)];
        self.token_call(&self.token, "transferFrom(address,address,uint256)", &nothing).await?;
        self.forward(units, "payAndFail(address,uint256)", &words).await?;
        self.forward(units, "payAndTakeBack(address,uint256)", &words).await?;
        self.transact(Some(to), 0, "0x").await?;
        match self.coin {
            Coin::Ether => self.send_token(&self.token, to, units).await.map(drop),
            Coin::Dollars => self.transact(Some(to), units, "0x").await.map(drop),
        }
    }
}
