//! TRON: a payment is credited when the solidified view holds the very blocks that were read.

use crate::support::*;

const NETWORK: Network = Network::Trc20;
/// Deep enough by far.
const MANY: u32 = 40;

#[test]
fn heights_alone_credit_nothing_while_the_solidified_view_holds_other_blocks() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, NETWORK, 50).await;
        let units = i128::try_from(invoice.terms.due.units()).unwrap();
        world.chains[&NETWORK].solid_is_another(true);
        world.pay(&invoice, invoice.terms.due);
        world.mine(NETWORK, MANY);
        running.until_trouble(NETWORK, "its solidified block is another").await;
        running.until_standing(&invoice, Status::Confirming, Detail::None).await;
        assert_eq!(running.balance(shop, NETWORK), 0, "nothing is solid of what was read");

        world.chains[&NETWORK].solid_is_another(false);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        assert_eq!(running.balance(shop, NETWORK), units);
        world.end(running).await;
    });
}

#[test]
fn a_view_that_has_no_block_there_yet_is_waited_for_without_alarm() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, NETWORK, 50).await;
        world.chains[&NETWORK].solid_is_late(true);
        world.pay(&invoice, invoice.terms.due);
        world.mine(NETWORK, MANY);
        running.scanned(NETWORK).await;
        assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::None));
        assert_eq!(running.status(NETWORK).trouble, None);
        assert_eq!(running.balance(shop, NETWORK), 0);

        world.chains[&NETWORK].solid_is_late(false);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        world.end(running).await;
    });
}
