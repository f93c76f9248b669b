//! What a story's webhooks say, and what they are answered.

use cryptopayment_domain::webhook::Exchange;

use super::dice::Dice;

/// An exchange, or none: an attempt that never left.
pub(super) fn exchange(dice: &mut Dice) -> Option<Exchange> {
    (dice.below(3) > 0).then(|| Exchange {
        url: "https://shop.example/hook".into(),
        header_signature: "v1,AAAA".into(),
        body_signature: "00ff".into(),
        answer: "ok".into(),
    })
}
