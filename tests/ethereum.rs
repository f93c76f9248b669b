//! A real node with Ethereum's chain id, and a gateway that takes ether there.

mod real_evm;

use cryptopayment_test_support::Told;
use cryptopayment_test_support::evm::Coin;

macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $story() -> Told<()> {
            real_evm::$story(Coin::Ether).await
        })*
    };
}

stories![
    an_exact_payment_is_seen_confirmed_credited_and_announced,
    a_short_payment_waits_for_the_rest,
    an_overpayment_is_credited_whole_and_named,
    what_one_transaction_pays_several_times_is_several_payments,
    dust_moves_no_status_and_is_credited_all_the_same,
    what_was_paid_while_the_gateway_was_down_is_found,
    a_kill_at_every_step_changes_nothing,
    an_unpaid_invoice_expires_and_the_grace_still_takes_its_money,
    a_node_that_falls_silent_is_waited_for,
    a_reorganisation_before_confirmation_undoes_the_payment,
    a_payment_mined_in_another_block_is_one_payment,
    a_reorganisation_after_confirmation_takes_the_credit_back,
    a_credit_taken_back_is_given_again_when_the_payment_is_deep_again,
    a_reorganisation_while_the_gateway_was_down_is_found,
    what_only_looks_like_a_payment_is_none,
    what_contracts_pay_is_a_payment_each,
    ethers_reads_what_the_qr_code_says,
    a_node_of_another_chain_is_named_and_takes_no_invoice,
];
