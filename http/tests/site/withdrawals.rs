//! Withdrawals, statements, cancelling and networks over the API.

use crate::running::Running;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::{Response, exchange, request};

/// A wallet of nobody here.
const WALLET: &str = "TAcN9gFvXZAxsWQQzWWbydBmscBHnEi5nZ";

/// A site whose merchant was paid so much on TRON.
async fn paid(usd: &str) -> Told<Running> {
    let site = Running::start().await?;
    let body = format!(r#"{{"network":"trc20","amount_usd":{usd},"order_id":"=1+1"}}"#);
    let opened = site.merchant.call("POST", "/invoices", &body).await?.expect(201)?;
    let pay = format!(r#"{{"address":"{}"}}"#, opened.text("invoice.address")?);
    site.lever("pay", &pay).await?;
    site.lever("mine", r#"{"network":"trc20","blocks":25}"#).await?;
    site.merchant.wait_available("USDT-TRC20", usd).await?;
    Ok(site)
}

fn refusal(answer: &Response) -> Told<(u16, String, String)> {
    let body = answer.json()?;
    let param = body.text("error.param").unwrap_or_default().to_owned();
    Ok((answer.status, body.text("error.code")?.to_owned(), param))
}

fn ask(coin: &str, amount: &str, address: &str) -> String {
    format!(r#"{{"coin":"{coin}","amount":{amount},"address":"{address}"}}"#)
}

#[tokio::test]
async fn a_withdrawal_is_held_shown_listed_cancelled_and_in_the_statement() -> Told<()> {
    let site = paid("200.00").await?;
    let shop = &site.merchant;
    let key = [("Idempotency-Key", "w-1")];
    let body = ask("USDT-TRC20", "100.00", WALLET);
    let first = shop.call_with("POST", "/withdrawals", &key, body.as_bytes()).await?;
    assert_eq!(first.status, 201, "{}", first.text());
    let made = first.json()?;
    let id = made.text("withdrawal.id")?.to_owned();
    let path = format!("/withdrawals/{id}");
    assert_eq!(first.headers.get("location"), Some(&*format!("/api/v1{path}")));
    let begins = format!(
        concat!(
            r#"{{"success":true,"withdrawal":{{"id":"{}","coin":"USDT-TRC20","amount":100.00,"#,
            r#""network_fee":1.00,"net_amount":99.00,"address":"{}","status":"approved","#,
            r#""txid":null,"usd_value":100.00,"created_at":""#
        ),
        id, WALLET
    );
    assert!(first.text().starts_with(&begins), "{}", first.text());
    let again = shop.call_with("POST", "/withdrawals", &key, body.as_bytes()).await?;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers.get("idempotency-replayed"), Some("true"));
    assert_eq!(shop.balance("USDT-TRC20").await?.0, "100.00");
    assert_eq!(shop.call("GET", &path, "").await?.text(), first.text());

    for (query, total) in [("", 1), ("?status=approved&coin=USDT-TRC20", 1), ("?coin=LTC", 0)] {
        let list = shop.call("GET", &format!("/withdrawals{query}"), "").await?.expect(200)?;
        assert_eq!(list.count("pagination.total")?, total, "{query}");
        assert_eq!(u64::try_from(list.list("withdrawals")?.len())?, total, "{query}");
    }
    for query in ["?page=0", "?status=done", "?coin=usdt"] {
        let refused = shop.call("GET", &format!("/withdrawals{query}"), "").await?;
        assert_eq!(refused.status, 422, "{query}");
    }
    let cancelled = shop.call("POST", &format!("{path}/cancel"), "").await?.expect(200)?;
    assert_eq!(cancelled.text("withdrawal.status")?, "cancelled");
    let refused = shop.call("POST", &format!("{path}/cancel"), "{}").await?;
    assert_eq!(refusal(&refused)?, (409, "not_cancellable".into(), String::new()));
    assert_eq!(shop.balance("USDT-TRC20").await?.0, "200.00");

    let statement = shop.call("GET", "/balances/USDT-TRC20/entries", "").await?.expect(200)?;
    let mut lines = Vec::new();
    for line in statement.list("entries")? {
        lines.push((line.text("type")?, line.number("amount")?, line.number("balance")?));
    }
    let expected = [
        ("withdrawal_cancelled", "100.00", "200.00"),
        ("withdrawal", "-100.00", "100.00"),
        ("payment", "200.00", "200.00"),
    ];
    assert_eq!(lines, expected);
    Ok(())
}

#[tokio::test]
async fn what_belongs_to_another_merchant_is_as_if_it_were_not_there() -> Told<()> {
    let site = paid("200.00").await?;
    let (shop, stranger) = (&site.merchant, &site.stranger);
    let invoice = shop.open("ltc", "50.00").await?.id;
    let body = ask("USDT-TRC20", "100.00", WALLET);
    let made = shop.call("POST", "/withdrawals", &body).await?.expect(201)?;
    let withdrawal = made.text("withdrawal.id")?.to_owned();
    shop.set_webhook("https://127.0.0.1:1/hook").await?;
    let queued = shop.call("POST", "/webhook/test", "").await?.expect(202)?;
    let delivery = queued.text("delivery.id")?.to_owned();
    let rows = [
        ("GET", format!("/invoices/{invoice}"), "invoice_not_found"),
        ("POST", format!("/invoices/{invoice}/cancel"), "invoice_not_found"),
        ("GET", format!("/withdrawals/{withdrawal}"), "withdrawal_not_found"),
        ("POST", format!("/withdrawals/{withdrawal}/cancel"), "withdrawal_not_found"),
        ("POST", format!("/webhook/deliveries/{delivery}/redeliver"), "delivery_not_found"),
    ];
    for (method, path, code) in rows {
        let refused = stranger.call(method, &path, "").await?;
        assert_eq!(refusal(&refused)?, (404, code.to_owned(), String::new()), "{method} {path}");
        let own = shop.call(method, &path, "").await?;
        assert!(own.status < 300, "{method} {path}: {}", own.text());
    }
    for list in ["/invoices", "/withdrawals", "/webhook/deliveries", "/events"] {
        let nothing = stranger.call("GET", list, "").await?.expect(200)?.to_string();
        let ids = [&invoice, &withdrawal, &delivery];
        assert!(!ids.iter().any(|id| nothing.contains(id.as_str())), "{list}: {nothing}");
    }
    assert_eq!(stranger.balance("USDT-TRC20").await?.0, "0");
    Ok(())
}

#[tokio::test]
async fn the_statement_is_a_file_for_accountants_too() -> Told<()> {
    let site = paid("60.00").await?;
    let body = ask("USDT-TRC20", "10", WALLET);
    site.merchant.call("POST", "/withdrawals", &body).await?.expect(201)?;
    let path = "/balances/USDT-TRC20/entries";
    let csv = site.merchant.call_with("GET", path, &[("Accept", "text/csv")], b"").await?;
    assert_eq!(csv.headers.get("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let text = csv.text();
    let lines: Vec<_> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[0],
        "number,created_at,type,amount,balance,invoice_id,order_id,withdrawal_id,txid"
    );
    assert!(lines[1].starts_with("1,") && lines[1].contains(",payment,60.00,60.00,"), "{text}");
    assert!(lines[1].contains(r#","'=1+1",,"#), "no formula leaves: {text}");
    assert!(lines[2].contains(",withdrawal,-10.00,50.00,,,"), "{text}");
    let authorization = site.merchant.authorization();
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Accept", "text/csv"),
        ("Connection", "close"),
    ];
    let head = request("HEAD", &format!("/api/v1{path}"), &headers, b"");
    let head = exchange(site.address, &head).await?;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let unknown = site.merchant.call("GET", "/balances/DOGE/entries", "").await?;
    assert_eq!(refusal(&unknown)?.1, "unknown_coin");
    assert_eq!(unknown.status, 404);
    Ok(())
}

#[tokio::test]
async fn of_several_faults_of_a_withdrawal_the_first_in_the_documents_order_is_named() -> Told<()> {
    let site = paid("20.00").await?;
    let opened = site.merchant.open("trc20", "5.00").await?;
    let deposit = opened.address.as_str();
    let rows = [
        (r#"{"coin":"BTC"}"#.to_owned(), (422, "unknown_coin", "coin")),
        (r#"{"coin":"USDT"}"#.to_owned(), (422, "unknown_coin", "coin")),
        (ask("USDT-TRC20", "true", "x"), (422, "invalid_amount", "amount")),
        (ask("USDT-TRC20", "-5", "x"), (422, "invalid_amount", "amount")),
        (ask("USDT-TRC20", "5.0000001", "x"), (422, "invalid_amount", "amount")),
        (ask("USDT-TRC20", "1e400", "x"), (422, "invalid_amount", "amount")),
        (r#"{"coin":"USDT-TRC20","amount":1}"#.to_owned(), (422, "invalid_address", "address")),
        (ask("USDT-TRC20", "1", "x"), (422, "invalid_address", "address")),
        (ask("USDT-TRC20", "0", deposit), (422, "below_minimum", "amount")),
        (ask("USDT-TRC20", "4.99", deposit), (422, "below_minimum", "amount")),
        (ask("USDT-TRC20", "500", deposit), (422, "own_address", "address")),
        (ask("USDT-TRC20", "500", WALLET), (409, "insufficient_balance", "")),
    ];
    for (body, expected) in rows {
        let answer = site.merchant.call("POST", "/withdrawals", &body).await?;
        let (status, code, param) = refusal(&answer)?;
        assert_eq!((status, &*code, &*param), expected, "{body}");
    }
    let spellings = ["5", "5.0", "\"5.00\""];
    for amount in spellings {
        let body = ask("USDT-TRC20", amount, WALLET);
        let made = site.merchant.call("POST", "/withdrawals", &body).await?.expect(201)?;
        assert_eq!(made.number("withdrawal.amount")?, "5.00", "{amount}");
    }
    for id in ["7", "00000000-0000-4000-8000-000000000000"] {
        for (method, path) in [("GET", ""), ("POST", "/cancel")] {
            let path = format!("/withdrawals/{id}{path}");
            let refused = site.merchant.call(method, &path, "").await?;
            assert_eq!(refusal(&refused)?.1, "withdrawal_not_found", "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_pending_invoice_is_cancelled_once_and_one_that_was_paid_is_not() -> Told<()> {
    let site = Running::start().await?;
    let open = site.merchant.open("ltc", "5.00").await?;
    let path = format!("/invoices/{}/cancel", open.id);
    let cancelled = site.merchant.call("POST", &path, "").await?.expect(200)?;
    assert_eq!(cancelled.text("invoice.status")?, "expired");
    assert_eq!(cancelled.text("invoice.status_detail")?, "cancelled");
    let again = site.merchant.call("POST", &path, "{}").await?;
    assert_eq!(refusal(&again)?, (409, "invoice_not_cancellable".into(), String::new()));

    let seen = site.merchant.open("ltc", "5.00").await?;
    site.lever("pay", &format!(r#"{{"address":"{}"}}"#, seen.address)).await?;
    site.merchant.wait_status(&seen.id, "confirming", "none").await?;
    let refused = site.merchant.call("POST", &format!("/invoices/{}/cancel", seen.id), "").await?;
    assert_eq!(refusal(&refused)?.1, "invoice_not_cancellable");
    let unknown = site.merchant.call("POST", "/invoices/7/cancel", "").await?;
    assert_eq!(refusal(&unknown)?.1, "invoice_not_found");
    Ok(())
}

#[tokio::test]
async fn networks_say_what_is_open_how_deep_and_what_withdrawing_costs() -> Told<()> {
    let site = Running::start().await?;
    let networks = site.merchant.call("GET", "/networks", "").await?.expect(200)?;
    let mut rows = Vec::new();
    for network in networks.list("networks")? {
        let enabled = network.at("enabled")?.to_string();
        rows.push((network.text("network")?.to_owned(), enabled));
        if network.text("network")? == "ltc" {
            assert_eq!(network.text("network_label")?, "Litecoin (LTC)");
            assert_eq!(network.at("open_for_invoices")?.to_string(), "true");
            assert_eq!(network.count("confirmations_required")?, 6);
            assert_eq!(network.number("withdrawal_minimum")?, "0.01");
            assert_eq!(network.number("withdrawal_fee")?, "0.001");
            network.count("tip_height")?;
        }
    }
    let expected = [
        ("btc", "false"),
        ("ltc", "true"),
        ("eth", "false"),
        ("trc20", "true"),
        ("bep20", "false"),
    ];
    assert_eq!(rows, expected.map(|(name, enabled)| (name.to_owned(), enabled.to_owned())));
    Ok(())
}
