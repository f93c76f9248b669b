//! Deliveries: one by its event, those due, an invoice's, a merchant's events in order.

use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{Attempt, Delivery, DeliveryState, EventKind, Subject};
use uuid::Uuid;

use super::{Direction, ReadRows, Row, ViewError, Views, part, read};
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::DeliveryRow;

/// A delivery whose next attempt has its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDelivery {
    /// When it is due.
    pub at: Timestamp,
    /// Which event.
    pub event: EventId,
    /// Who is told.
    pub merchant: MerchantId,
}

/// Some of a merchant's events in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The events with their deliveries.
    pub events: Vec<Row<Delivery>>,
    /// Whether more follow.
    pub has_more: bool,
}

/// Which deliveries of a merchant are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Those that stand so.
    pub standing: Option<DeliveryStanding>,
    /// Those of this event.
    pub kind: Option<EventKind>,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStanding {
    /// An attempt is due, now or later.
    Pending,
    /// The endpoint acknowledged it.
    Delivered,
    /// Every attempt failed.
    Failed,
}

impl DeliveryStanding {
    /// How a delivery in this state stands.
    pub const fn of(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Due(_) => Self::Pending,
            DeliveryState::Acknowledged => Self::Delivered,
            DeliveryState::Failed => Self::Failed,
        }
    }
}

/// Some of a merchant's deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPage {
    /// Those that match.
    pub deliveries: Vec<Row<Delivery>>,
    /// Behind which event to go on looking; none when all has been looked at.
    pub next: Option<EventId>,
}

/// Rows looked at for one page, so that a rare match costs no more than a common one.
const LOOKED_AT_MAX: usize = 2_000;

impl Views {
    /// The delivery of this event.
    pub fn delivery(&self, event: EventId) -> Result<Option<Row<Delivery>>, ViewError> {
        let row = self.row::<DeliveryRow>(keys::delivery(event))?;
        Ok(row.map(|row| Row { value: row.delivery, last_seq: row.last_seq }))
    }

    /// Deliveries of all merchants whose attempt is due at `through` or earlier, behind `after`,
    /// earliest first, at most `limit`.
    pub fn deliveries_due(
        &self,
        through: Timestamp,
        after: Option<DueDelivery>,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, ViewError> {
        let all = Key::of(Prefix::DeliveryDue);
        let mut range = KeyRange::within(&all).before(all.instant(through).id(Uuid::max()));
        if let Some(after) = after {
            range = range.after(keys::delivery_due(after.at, after.event));
        }
        self.due(range, limit)
    }

    /// The delivery of any merchant that is due next, whenever that is.
    pub fn next_delivery_due(&self) -> Result<Option<DueDelivery>, ViewError> {
        Ok(self.due(KeyRange::within(Key::of(Prefix::DeliveryDue)), 1)?.pop())
    }

    /// Deliveries of one merchant whose attempt is due at `through` or earlier, earliest first, at
    /// most `limit`.
    pub fn deliveries_due_of(
        &self,
        merchant: MerchantId,
        through: Timestamp,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, ViewError> {
        let all = Key::of(Prefix::MerchantDue).id(merchant.0);
        let range = KeyRange::within(&all).before(all.instant(through).id(Uuid::max()));
        let mut due = Vec::new();
        for row in self.rows(range, Direction::Forward).take(limit) {
            due.push(merchant_due(&row?.0)?);
        }
        Ok(due)
    }

    /// The merchants that have any delivery outstanding, each with the one that is due first.
    /// Costs one search per such merchant, however many deliveries each has.
    pub fn merchants_with_deliveries(&self) -> Result<Vec<DueDelivery>, ViewError> {
        let mut firsts = Vec::new();
        let mut range = KeyRange::within(Key::of(Prefix::MerchantDue));
        while let Some(row) = self.rows(range.clone(), Direction::Forward).next() {
            let first = merchant_due(&row?.0)?;
            let of_merchant = KeyRange::within(Key::of(Prefix::MerchantDue).id(first.merchant.0));
            range = range.starting_at(of_merchant.to);
            firsts.push(first);
        }
        Ok(firsts)
    }

    /// The deliveries of an invoice's or a withdrawal's events, in the order of queueing.
    pub fn deliveries_of(
        &self,
        subject: impl Into<Subject>,
    ) -> Result<Vec<Row<Delivery>>, ViewError> {
        let of = Key::of(Prefix::DeliveryOfSubject).id(subject.into().uuid());
        let all = KeyRange::within(of);
        Ok(self.events_within(all, Direction::Forward, usize::MAX)?.events)
    }

    /// A merchant's events in order, behind the event `after`, at most `limit`. None where `after`
    /// is no event of this merchant.
    pub fn events(
        &self,
        merchant: MerchantId,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Option<EventPage>, ViewError> {
        let mut range = KeyRange::within(Key::of(Prefix::EventOfMerchant).id(merchant.0));
        if let Some(after) = after {
            let Some(key) = self.event_key(merchant, after)? else { return Ok(None) };
            range = range.after(key);
        }
        self.events_within(range, Direction::Forward, limit).map(Some)
    }

    /// A merchant's events, newest first, older than the event `before`, at most `limit`. None
    /// where `before` is no event of this merchant.
    pub fn newest_events(
        &self,
        merchant: MerchantId,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Option<EventPage>, ViewError> {
        let mut range = KeyRange::within(Key::of(Prefix::EventOfMerchant).id(merchant.0));
        if let Some(before) = before {
            let Some(key) = self.event_key(merchant, before)? else { return Ok(None) };
            range = range.before(key);
        }
        self.events_within(range, Direction::Backward, limit).map(Some)
    }

    /// A merchant's deliveries that match, newest first, older than the event `before`, at most
    /// `limit`; fewer, and perhaps none, where they are rare: `next` says where to go on. None
    /// where `before` is no event of this merchant.
    pub fn deliveries(
        &self,
        merchant: MerchantId,
        filter: DeliveryFilter,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Option<DeliveryPage>, ViewError> {
        let all = Key::of(Prefix::EventOfMerchant).id(merchant.0);
        let of_standing = match filter.standing {
            Some(DeliveryStanding::Pending) => Some(DeliveryState::Due(Timestamp::from_unix_ms(0))),
            Some(DeliveryStanding::Failed) => Some(DeliveryState::Failed),
            Some(DeliveryStanding::Delivered) | None => None,
        };
        let of_standing = of_standing.and_then(|state| keys::events_in_state(merchant, state));
        let index = of_standing.unwrap_or(all);
        let mut range = KeyRange::within(&index);
        if let Some(before) = before {
            let Some(seq) = self.event_seq(merchant, before)? else { return Ok(None) };
            range = range.before(index.number(seq));
        }
        let mut deliveries = Vec::new();
        let mut last = None;
        for (looked_at, row) in self.rows(range, Direction::Backward).enumerate() {
            if deliveries.len() >= limit || looked_at >= LOOKED_AT_MAX {
                return Ok(Some(DeliveryPage { deliveries, next: last }));
            }
            let (key, value) = row?;
            let event = EventId(part(&key, Uuid::from_slice(&value).ok())?);
            last = Some(event);
            deliveries.extend(self.delivery(event)?.filter(|row| filter.matches(&row.value)));
        }
        Ok(Some(DeliveryPage { deliveries, next: None }))
    }

    /// The newest attempts of a delivery, oldest of them first.
    pub fn attempts(&self, event: EventId) -> Result<Vec<Attempt>, ViewError> {
        let mut attempts = Vec::new();
        for row in self.rows(KeyRange::within(keys::attempts(event)), Direction::Forward) {
            let (key, value) = row?;
            attempts.push(read(&key, &value)?);
        }
        Ok(attempts)
    }

    fn event_key(&self, merchant: MerchantId, event: EventId) -> Result<Option<Key>, ViewError> {
        let seq = self.event_seq(merchant, event)?;
        Ok(seq.map(|seq| keys::event_of_merchant(merchant, seq)))
    }

    fn event_seq(&self, merchant: MerchantId, event: EventId) -> Result<Option<u64>, ViewError> {
        let row = self.row::<DeliveryRow>(keys::delivery(event))?;
        let own = row.filter(|row| row.delivery.queued.merchant == merchant);
        Ok(own.map(|row| row.queued_seq))
    }

    fn events_within(
        &self,
        range: KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<EventPage, ViewError> {
        let mut events = Vec::new();
        for row in self.rows(range, direction) {
            if events.len() >= limit {
                return Ok(EventPage { events, has_more: true });
            }
            let (key, value) = row?;
            let event = EventId(part(&key, Uuid::from_slice(&value).ok())?);
            events.extend(self.delivery(event)?);
        }
        Ok(EventPage { events, has_more: false })
    }

    fn due(&self, range: KeyRange, limit: usize) -> Result<Vec<DueDelivery>, ViewError> {
        let mut due = Vec::new();
        for row in self.rows(range, Direction::Forward).take(limit) {
            let (key, value) = row?;
            let mut parts = Parts::of(&key);
            let at = part(&key, parts.instant())?;
            let event = EventId(part(&key, parts.id())?);
            let merchant = MerchantId(part(&key, Uuid::from_slice(&value).ok())?);
            due.push(DueDelivery { at, event, merchant });
        }
        Ok(due)
    }
}

impl DeliveryFilter {
    fn matches(&self, delivery: &Delivery) -> bool {
        let stands = DeliveryStanding::of(delivery.state);
        self.standing.is_none_or(|wanted| wanted == stands)
            && self.kind.is_none_or(|wanted| wanted == delivery.queued.kind)
    }
}

fn merchant_due(key: &[u8]) -> Result<DueDelivery, ViewError> {
    let mut parts = Parts::of(key);
    let merchant = MerchantId(part(key, parts.id())?);
    let at = part(key, parts.instant())?;
    Ok(DueDelivery { at, event: EventId(part(key, parts.id())?), merchant })
}
