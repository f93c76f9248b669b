//! Which events a merchant wants.

use super::event::EventKind;

/// A set of events. The seed document's two are always in it; the rest is the merchant's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSet(u32);

impl EventSet {
    /// Exactly the seed document's two.
    pub const SEED: EventSet =
        EventSet(EventKind::PaymentDetected.bit() | EventKind::PaymentConfirmed.bit());

    /// Everything a merchant can choose.
    pub fn everything() -> EventSet {
        EventKind::CHOICES.into_iter().collect()
    }

    /// The set as it is stored: one bit per event, see [`EventKind::bit`].
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set of these bits; the seed's two are added, and bits that name no event kept.
    pub const fn from_bits(bits: u32) -> EventSet {
        EventSet(bits | EventSet::SEED.0)
    }

    /// Whether the merchant is told of it. Of a test that was asked for, always.
    pub const fn contains(self, kind: EventKind) -> bool {
        matches!(kind, EventKind::WebhookTest) || self.0 & kind.bit() != 0
    }

    /// The events of the set, in the documented order.
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        EventKind::CHOICES.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl Default for EventSet {
    fn default() -> Self {
        EventSet::SEED
    }
}

impl FromIterator<EventKind> for EventSet {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        EventSet::from_bits(kinds.into_iter().fold(0, |bits, kind| bits | kind.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_two_cannot_be_declined_and_a_test_is_no_choice() {
        let none: EventSet = [].into_iter().collect();
        assert_eq!(none, EventSet::SEED);
        assert_eq!(none, EventSet::default());
        let names: Vec<_> = none.iter().map(EventKind::name).collect();
        assert_eq!(names, ["payment_detected", "payment_confirmed"]);
        assert!(none.contains(EventKind::WebhookTest) && !none.contains(EventKind::PaymentLate));
    }

    #[test]
    fn every_choice_is_kept_apart_from_the_others() {
        for chosen in EventKind::CHOICES {
            let set: EventSet = [chosen].into_iter().collect();
            assert_eq!(EventSet::from_bits(set.bits()), set);
            for other in EventKind::CHOICES {
                let wanted = other == chosen || EventSet::SEED.contains(other);
                assert_eq!(set.contains(other), wanted, "{other} in a choice of {chosen}");
            }
        }
        assert_eq!(EventSet::everything().iter().count(), EventKind::CHOICES.len());
    }

    /// The bits are in journals: they never change.
    #[test]
    fn the_stored_bits_are_the_same_for_ever() {
        assert_eq!(EventSet::SEED.bits(), 0b11);
        let late: EventSet = [EventKind::PaymentLate].into_iter().collect();
        assert_eq!(late.bits(), 0b10_0011);
        assert_eq!(EventSet::everything().bits(), 0b111_1111_1111);
        assert_eq!(EventSet::from_bits(1 << 31).bits(), 1 << 31 | 0b11, "a later event's bit");
    }
}
