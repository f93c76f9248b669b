//! A TRON node to try things on by hand: says where it is and makes a block every three seconds.

use cryptopayment_test_support::Told;
use cryptopayment_tron_node::TronNode;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Told<()> {
    let node = TronNode::start().await?;
    println!("/wallet/*          {}", node.full_url());
    println!("/walletsolidity/*  {}", node.solidity_url());
    println!("both               {}", node.hosted_url());
    println!("levers             {}", node.levers_url());
    println!("token              {}", node.token());
    println!("genesis            {}", node.genesis_id());
    println!("payer's key        {}", node.payer().hex());
    loop {
        tokio::time::sleep(Duration::from_secs(3)).await;
        node.mine(1);
    }
}
