//! What only looks like a payment, what does not look like one and is, and independent eyes.

use super::{DEEP, Shop, percent_of};
use cryptopayment_test_support::evm::{Anvil, Coin, wei};
use cryptopayment_test_support::gateway::{Configuration, Gateway};
use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::{Failure, Json, Told};

pub async fn what_only_looks_like_a_payment_is_none(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.node.seem_to_send(&invoice.address, percent_of(&invoice, 100)?).await?;
    shop.node.mine(DEEP).await?;
    // What comes after it is seen, so the rest was looked at.
    shop.pay(&invoice, 100).await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 1);
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

/// What contracts pay in one block; in ether also what one leaves when it ends.
pub async fn what_contracts_pay_is_a_payment_each(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let (half, quarter) = (percent_of(&invoice, 50)?, percent_of(&invoice, 25)?);
    match coin {
        Coin::Ether => shop.node.send_by_ending(&invoice.address, half).await?,
        Coin::Dollars => shop.node.send_all(&[(invoice.address.as_str(), half)]).await?,
    };
    shop.node.send_all(&[(invoice.address.as_str(), quarter)]).await?;
    shop.node.send_all(&[(invoice.address.as_str(), quarter)]).await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 3);
    shop.wait_available(&wei::coins(half + 2 * quarter)).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

/// `ethers` reads a URI as far as it goes: its addresses, its numbers, and the call that it asks for.
const READ_URI: &str = r#"
const { getAddress, Interface, formatUnits } = require("ethers");
const uri = new URL(process.argv[1]);
const [, target, chain, call] = /^ethereum:(0x[0-9a-fA-F]{40})@(\d+)(?:\/(\w+))?/.exec(process.argv[1]);
const asked = uri.searchParams;
const payee = call ? asked.get("address") : target;
const units = BigInt(asked.get(call ? "uint256" : "value"));
if (call) new Interface([`function ${call}(address,uint256)`]).encodeFunctionData(call, [payee, units]);
process.stdout.write(JSON.stringify({
  chain, call: call ?? "", target: getAddress(target), payee: getAddress(payee), coins: formatUnits(units, 18),
}));
"#;

pub async fn ethers_reads_what_the_qr_code_says(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let Some(node) = find("nodejs", "CRYPTOPAYMENT_TEST_NODE")? else { return Ok(()) };
    let Some(modules) = find("anvil", "CRYPTOPAYMENT_TEST_NODE_MODULES")? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let uri = shop.merchant.invoice(&invoice.id).await?;
    let mut ethers = tied_to_this_test(&node);
    ethers.args(["-e", READ_URI, "--", uri.text("payment_uri")?]).env("NODE_PATH", &modules);
    let ended = ethers.output()?;
    if !ended.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&ended.stderr).into_owned()));
    }
    let read = Json::parse(&ended.stdout)?;
    assert_eq!(read.text("chain")?, coin.chain_id().to_string());
    // The same to the letter: its checksum is EIP-55's.
    assert_eq!(read.text("payee")?, invoice.address);
    assert_eq!(wei::units(read.text("coins")?)?, wei::units(&invoice.amount)?);
    let (call, target) = match coin {
        Coin::Ether => ("", invoice.address.clone()),
        Coin::Dollars => ("transfer", shop.node.token.clone()),
    };
    assert_eq!(read.text("call")?, call);
    assert_eq!(read.text("target")?.to_lowercase(), target.to_lowercase());
    shop.close_and_audit().await
}

/// Another chain than configured, or another token: said, and no invoice is taken.
pub async fn a_node_of_another_chain_is_named_and_takes_no_invoice(coin: Coin) -> Told<()> {
    let Some(node) = Anvil::start(coin).await? else { return Ok(()) };
    let told = Receiver::start().await?;
    let wanted = Configuration::default().chain_id(17_000).evm(&node, &[node.url()], DEEP as u32);
    let mut gateway = Gateway::configured(super::GATEWAY, &wanted)?;
    gateway.run(&["init"])?.must_succeed("init")?;
    let checked = gateway.run(&["config", "check"])?;
    let said = format!("its id is {}", coin.chain_id());
    let found = String::from_utf8_lossy(&checked.0.stdout).into_owned();
    assert!(found.contains(&said) && !checked.0.status.success(), "{found}");
    gateway.launch().await?;
    gateway.make_merchant("shop@example.com", &told.url())?;
    let ready = gateway.get("/readyz").await?;
    assert_eq!(ready.status, 503, "{}", ready.text());
    let body = format!(r#"{{"network":"{}","amount_usd":5.00}}"#, coin.network());
    let refused = gateway.merchant()?.call("POST", "/invoices", &body).await?;
    assert_eq!(refused.status, 503, "{}", refused.text());
    Ok(())
}
