//! Money that a merchant asks for: held once, given back once, never below zero.

use crate::support::*;
use cryptopayment_actors::gateway::{
    Begun, IdempotencyKey, RenderedAnswer, RequestWithdrawal, Reservation, Unwilling,
};
use cryptopayment_actors::operator::MoveFreeze;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::simulated::token;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::ledger::LedgerFact;
use cryptopayment_domain::withdrawal::{
    Command, Ours, Refusal, Review, Status as Standing, Withdrawal, WithdrawalPolicy,
};
use cryptopayment_storage::WithdrawalFilter;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub const NETWORK: Network = Network::Trc20;
pub const KEY: IdempotencyKey = IdempotencyKey { key_digest: [1; 32], body_digest: [2; 32] };
/// A wallet of nobody here.
pub const WALLET: &str = "TAcN9gFvXZAxsWQQzWWbydBmscBHnEi5nZ";

pub fn usdt(text: &str) -> Money {
    Money::parse(NETWORK, text).unwrap()
}

pub fn approve() -> Command {
    Command::Approve { by: "operator".into() }
}

fn reject() -> Command {
    Command::Reject { reason: "not today".into() }
}

/// A merchant who was credited so much before anything of it lived.
pub async fn shop_with(running: &Running, amount: Money) -> MerchantId {
    let name = format!("shop-{}", Uuid::new_v4());
    let shop = running.merchant(&name, None).await.merchant_id;
    let (invoice, at) = (InvoiceId(Uuid::new_v4()), running.gateway().now());
    let granted = LedgerFact::CapitalGranted { invoice, amount, at };
    running.write(vec![Fact::Ledger(shop, granted)]).await;
    shop
}

pub async fn ask(
    running: &Running,
    shop: MerchantId,
    amount: Money,
    address: &str,
    reservation: Option<Reservation>,
) -> Result<WithdrawalId, Unwilling> {
    let withdrawal = WithdrawalId(Uuid::new_v4());
    let render = |withdrawal: &Withdrawal| RenderedAnswer {
        status: 201,
        location: None,
        body: withdrawal.request.withdrawal.to_string().into_bytes(),
        replayed: false,
    };
    let address = address.to_owned();
    let request = RequestWithdrawal {
        merchant: shop,
        withdrawal,
        amount,
        address,
        reservation,
        render: Arc::new(render),
    };
    let answer = running.gateway().request_withdrawal(request).await?;
    Ok(String::from_utf8(answer.body).unwrap().parse().unwrap())
}

pub async fn requested(running: &Running, shop: MerchantId, amount: &str) -> WithdrawalId {
    ask(running, shop, usdt(amount), WALLET, None).await.unwrap()
}

pub fn standing(running: &Running, id: WithdrawalId) -> Standing {
    running.views().withdrawal(id).unwrap().unwrap().value.status
}

/// What is available and what is held, by the statement, in whole USDT.
pub fn money(running: &Running, shop: MerchantId) -> (i128, u128) {
    let coin = running.views().coin(shop, NETWORK).unwrap();
    (coin.balance / 1_000_000, coin.held / 1_000_000)
}

#[test]
fn money_is_held_reviewed_given_back_and_the_statement_adds_up_over_restarts() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = shop_with(&running, usdt("2000")).await;
        let small = requested(&running, shop, "500").await;
        let large = requested(&running, shop, "501").await;
        let doubted = requested(&running, shop, "600").await;
        assert_eq!(money(&running, shop), (399, 1601));
        let standings = [small, large, doubted].map(|id| standing(&running, id));
        assert_eq!(
            standings,
            [Standing::Approved, Standing::PendingReview, Standing::PendingReview]
        );
        let waiting = running.views().open_withdrawals(Standing::PendingReview, 10).unwrap();
        let waiting: Vec<_> = waiting.iter().map(|one| one.request.withdrawal).collect();
        assert_eq!(waiting, [large, doubted], "the oldest first");

        running.stop().await;
        let running = world.start().await;
        let gateway = running.gateway();
        assert_eq!(money(&running, shop), (399, 1601));
        gateway.decide_withdrawal(large, approve()).await.unwrap();
        gateway.decide_withdrawal(large, approve()).await.unwrap();
        let rejected = gateway.decide_withdrawal(doubted, reject()).await.unwrap();
        assert_eq!(rejected.reason.as_deref(), Some("not today"));
        gateway.decide_withdrawal(small, Command::Cancel).await.unwrap();
        assert_eq!(money(&running, shop), (1499, 501));
        let refused = gateway.decide_withdrawal(small, Command::Cancel).await;
        assert_eq!(refused, Err(Refusal::NotCancellable(Standing::Cancelled).into()));
        assert!(running.views().open_withdrawals(Standing::PendingReview, 10).unwrap().is_empty());

        let statement = running.views().statement(shop, NETWORK, 1, 20).unwrap();
        let lines: Vec<_> = statement.lines.iter().rev().map(|line| line.change).collect();
        let lines: Vec<_> = lines.iter().map(|change| change / 1_000_000).collect();
        assert_eq!(lines, [2000, -500, -501, -600, 600, 500]);
        assert_eq!(statement.lines[0].balance, 1_499_000_000);
        running.until_ledgers_agree(shop).await;
        world.end(running).await;
    });
}

#[test]
fn each_request_that_must_not_be_is_refused_and_holds_nothing() {
    story(|_| async {
        let world = World::of(&Network::ALL);
        let running = world.start().await;
        let shop = shop_with(&running, usdt("100")).await;
        let invoice = running.open(shop, NETWORK, 50).await;
        let deposit = invoice.terms.address.clone();
        let contract = token(NETWORK).unwrap().unwrap().to_string();
        let zero =
            Address::from_bytes(NETWORK, ChainName::Main, &[vec![0x41], vec![0; 20]].concat());
        let zero = zero.unwrap().to_string();
        let own = |ours| Refusal::OwnAddress(ours);
        let rows = [
            ("5", deposit.as_str(), own(Ours::Deposit)),
            ("5", contract.as_str(), own(Ours::TokenContract)),
            ("5", zero.as_str(), own(Ours::Zero)),
            ("4.99", WALLET, Refusal::BelowMinimum { minimum: usdt("5"), fee: usdt("1") }),
            (
                "100.01",
                WALLET,
                Refusal::InsufficientBalance { available: "100.00".into(), amount: usdt("100.01") },
            ),
        ];
        for (amount, address, refusal) in rows {
            let refused = ask(&running, shop, usdt(amount), address, None).await;
            assert_eq!(refused, Err(refusal.into()), "{amount} to {address}");
        }
        for address in ["", "nowhere", "0x00000000000000000000000000000000000000aA", " T", "T T"] {
            let refused = ask(&running, shop, usdt("5"), address, None).await;
            let refused = refused.unwrap_err();
            let invalid = matches!(
                &refused,
                Unwilling::Withdrawal(Refusal::InvalidAddress { network: NETWORK, .. })
            );
            assert!(invalid, "{address:?}: {refused}");
        }
        // On the list is one address only: every other is closed from now on.
        let other = "TAnyuZwQdnuFeTeMPikrgLBfrz1raq19iW";
        running.gateway().allow_address(shop, NETWORK, other).await.unwrap();
        let refused = ask(&running, shop, usdt("5"), WALLET, None).await;
        assert_eq!(refused, Err(Refusal::AddressNotAllowed.into()));
        ask(&running, shop, usdt("5"), other, None).await.unwrap();
        assert_eq!(money(&running, shop), (95, 5));
        world.end(running).await;
    });
}

#[test]
fn a_debt_in_one_coin_stops_withdrawals_in_all_until_it_is_made_up_for() {
    story(|_| async {
        let world = World::of(&[NETWORK, Network::Btc]);
        let running = world.start().await;
        let shop = shop_with(&running, usdt("100")).await;
        let btc = Money::new(Network::Btc, 500).unwrap();
        let payment = PaymentId { network: Network::Btc, txid: Hash32([9; 32]), index: 0 };
        let key = cryptopayment_domain::ledger::CreditKey { payment, round: 0 };
        let (invoice, at) = (InvoiceId(shop.0), running.gateway().now());
        let owed = LedgerFact::ReversalOwed { key, invoice, amount: btc, at };
        running.write(vec![Fact::Ledger(shop, owed)]).await;
        running.stop().await;
        let running = world.start().await;
        until("the reversal is booked", || running.balance(shop, Network::Btc) < 0).await;
        let refused = ask(&running, shop, usdt("5"), WALLET, None).await;
        assert_eq!(refused, Err(Refusal::Frozen(Network::Btc).into()));
        let granted = LedgerFact::CapitalGranted { invoice, amount: btc, at };
        running.stop().await;
        let running = world.start().await;
        running.write(vec![Fact::Ledger(shop, granted)]).await;
        requested(&running, shop, "5").await;
        running.stop().await;
    });
}

#[test]
fn while_the_operator_has_frozen_all_withdrawals_none_is_taken_and_what_is_held_can_be_cancelled() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = shop_with(&running, usdt("100")).await;
        let id = requested(&running, shop, "30").await;
        let freeze = MoveFreeze::Freeze("an audit".into());
        running.gateway().move_freeze(freeze).await.unwrap();
        let refused = ask(&running, shop, usdt("5"), WALLET, None).await;
        assert_eq!(refused, Err(Refusal::FrozenByOperator.into()));
        running.gateway().decide_withdrawal(id, Command::Cancel).await.unwrap();
        assert_eq!(money(&running, shop), (100, 0));
        let lift = MoveFreeze::Lift("all is well".into());
        running.gateway().move_freeze(lift).await.unwrap();
        requested(&running, shop, "5").await;
        world.end(running).await;
    });
}

#[test]
fn of_many_requests_at_once_only_what_is_there_is_held() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = shop_with(&running, usdt("100")).await;
        let requests = (0..40).map(|_| ask(&running, shop, usdt("30"), WALLET, None));
        let outcomes = futures::future::join_all(requests).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
        for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            let poor =
                Refusal::InsufficientBalance { available: "10.00".into(), amount: usdt("30") };
            assert_eq!(*refused, poor.into());
        }
        assert_eq!(money(&running, shop), (10, 90));
        world.end(running).await;
    });
}

#[test]
fn of_a_rejection_and_a_cancel_at_once_exactly_one_gives_the_money_back() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = shop_with(&running, usdt("1000")).await;
        for round in 0..30 {
            let id = requested(&running, shop, "600").await;
            let gateway = running.gateway();
            let (first, second) = match round % 2 {
                0 => (reject(), Command::Cancel),
                _ => (Command::Cancel, reject()),
            };
            let (first, second) = futures::future::join(
                gateway.decide_withdrawal(id, first),
                gateway.decide_withdrawal(id, second),
            )
            .await;
            assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
            let refused = first.err().or(second.err()).unwrap();
            let clear = matches!(
                refused,
                Unwilling::Withdrawal(
                    Refusal::NotCancellable(Standing::Rejected)
                        | Refusal::NotRejectable(Standing::Cancelled)
                )
            );
            assert!(clear, "{refused}");
            assert_eq!(money(&running, shop), (1000, 0));
            if round == 15 {
                running.let_idle_go().await;
            }
        }
        world.end(running).await;
    });
}

#[test]
fn what_is_not_durable_yet_is_known_to_the_next_decision() {
    story(|_| async {
        let mut world = World::of(&[NETWORK]);
        let disk = GatedDisk::default();
        world.disk = Arc::new(disk.clone());
        let running = world.start().await;
        let shop = shop_with(&running, usdt("1000")).await;
        let id = requested(&running, shop, "600").await;
        let shut = disk.shut();
        let gateway = running.gateway().clone();
        let cancel =
            actix::spawn(async move { gateway.decide_withdrawal(id, Command::Cancel).await });
        // The cancel is appended and cannot be durable; the rejection comes behind it.
        a_while().await;
        assert_eq!(standing(&running, id), Standing::PendingReview, "the views do not show it");
        let refused = running.gateway().decide_withdrawal(id, reject()).await;
        assert_eq!(refused, Err(Refusal::NotRejectable(Standing::Cancelled).into()));
        drop(shut);
        assert_eq!(cancel.await.unwrap().unwrap().status, Standing::Cancelled);
        assert_eq!(money(&running, shop), (1000, 0));
        world.end(running).await;
    });
}

#[test]
fn a_repeated_request_holds_once_also_where_the_client_went_or_the_process_died() {
    story(|_| async {
        let mut world = World::of(&[NETWORK]);
        let disk = GatedDisk::default();
        world.disk = Arc::new(disk.clone());
        let running = world.start().await;
        let shop = shop_with(&running, usdt("100")).await;
        let begin = async |running: &Running| match running.gateway().begin(shop, KEY).await {
            Ok(Begun::Fresh(reservation)) => Ok(reservation),
            Ok(Begun::Replay(answer)) => Err(answer),
            Err(refused) => panic!("{refused}"),
        };
        // A refusal leaves the key free.
        let refused = begin(&running).await.unwrap();
        ask(&running, shop, usdt("1"), WALLET, Some(refused)).await.unwrap_err();
        let reservation = begin(&running).await.unwrap();
        let shut = disk.shut();
        let asking = ask(&running, shop, usdt("30"), WALLET, Some(reservation));
        let asking = tokio::time::timeout(Duration::from_millis(300), asking).await;
        assert!(asking.is_err(), "it was answered before it was durable");
        let again = running.gateway().begin(shop, KEY).await.map(|_| ());
        assert_eq!(again, Err(Unwilling::InProgress), "the client has gone, the key has not");
        drop(shut);
        running.durable().await;
        let first = begin(&running).await.unwrap_err();
        assert!(first.replayed);
        running.crash();
        let running = world.start().await;
        assert_eq!(begin(&running).await.unwrap_err(), first);
        assert_eq!(money(&running, shop), (70, 30));
        let all = running.views().withdrawals(shop, WithdrawalFilter::default(), 1).unwrap();
        assert_eq!(all.total, 1);
        world.end(running).await;
    });
}

#[test]
fn without_a_price_or_over_the_days_sum_a_human_decides_and_is_never_asked_for_nothing() {
    story(|_| async {
        let mut world = World::of(&[NETWORK, Network::Ltc]);
        world.prices.clear();
        world.withdrawals =
            WithdrawalPolicy { review_rolling_24h: true, ..WithdrawalPolicy::default() };
        let running = world.start().await;
        let shop = shop_with(&running, usdt("5000")).await;
        let review = |id: WithdrawalId| {
            running.views().withdrawal(id).unwrap().unwrap().value.request.review
        };
        let first = requested(&running, shop, "499").await;
        let second = requested(&running, shop, "499").await;
        assert_eq!((review(first), review(second)), (None, Some(Review::AboveLimitInADay)));
        for id in [first, second] {
            running.gateway().decide_withdrawal(id, Command::Cancel).await.unwrap();
        }
        let third = requested(&running, shop, "499").await;
        assert_eq!(review(third), None, "what was given back does not count");
        world.clock.jump(Span::from_hours(26));
        running.scanned(NETWORK).await;
        let fourth = requested(&running, shop, "499").await;
        assert_eq!(review(fourth), None, "yesterday does not count");
        let ltc = Money::parse(Network::Ltc, "1").unwrap();
        let rich = shop_with(&running, ltc).await;
        let script = [vec![0, 20], vec![7; 20]].concat();
        let wallet = Address::from_bytes(Network::Ltc, ChainName::Regtest, &script).unwrap();
        let wallet = wallet.to_string();
        let id = ask(&running, rich, ltc, &wallet, None).await.unwrap();
        assert_eq!(review(id), Some(Review::NoPrice));
        world.end(running).await;
    });
}
