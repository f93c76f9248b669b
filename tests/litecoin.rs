//! A real Litecoin node on regtest, and a gateway that serves it: what happens to payments there.

mod real_coin;

use cryptopayment_test_support::Told;
use cryptopayment_test_support::nodes::Program;

macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $story() -> Told<()> {
            real_coin::$story(Program::Litecoind).await
        })*
    };
}

stories![
    an_exact_payment_is_seen_confirmed_credited_and_announced,
    a_short_payment_waits_for_the_rest,
    an_overpayment_is_credited_whole_and_named,
    two_outputs_of_one_transaction_are_two_payments,
    what_was_paid_while_the_gateway_was_down_is_found,
    a_kill_at_every_step_changes_nothing,
    an_unpaid_invoice_expires_and_the_grace_still_takes_its_money,
    a_restarting_node_is_waited_for,
    a_reorganisation_before_confirmation_undoes_the_payment,
    a_payment_mined_in_another_block_is_one_payment,
    a_reorganisation_after_confirmation_takes_the_credit_back,
    a_credit_taken_back_is_given_again_when_the_payment_is_deep_again,
    a_reorganisation_while_the_gateway_was_down_is_found,
    a_double_spent_sighting_is_as_if_never_seen,
    a_replaced_payment_is_as_if_never_seen,
    a_payment_that_said_it_was_final_is_replaced_all_the_same,
    an_evicted_payment_is_withdrawn_and_may_come_back,
    a_chain_of_unmined_payments_stands_and_falls_with_its_first,
    many_outputs_are_seen_waiting_and_never_missed_between_pool_and_block,
    a_node_that_restarts_takes_no_sighting_with_it,
    what_a_second_node_lacks_stands_until_it_is_spent_otherwise,
    a_crowd_is_read_once,
    a_push_is_looked_after_at_once_and_without_one_the_node_is_polled,
];
