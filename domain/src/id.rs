//! The identifiers of our own things: UUIDs, one type each, so that none is taken for another.

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::try_parse(text).map($name)
            }
        }
    };
}

id! {
    /// An invoice. UUID v4: knowing it is the right to see its checkout page.
    InvoiceId
}
id! {
    /// A merchant.
    MerchantId
}
id! {
    /// An event told to a merchant, and its delivery: the `webhook-id` of Standard Webhooks.
    EventId
}
id! {
    /// A withdrawal.
    WithdrawalId
}
