//! Scopes: what an API key may do. A key is given some when it is issued; they never change.

use std::fmt;
use std::str::FromStr;

/// One thing a key may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// To read invoices, balances, statements, withdrawals, events, settings.
    Read,
    /// To open and cancel invoices.
    Invoices,
    /// To request and cancel withdrawals.
    Withdrawals,
    /// To change where webhooks go, test them, send them again and change their secret.
    Webhooks,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Invoices, Scope::Withdrawals, Scope::Webhooks];

    /// Its name on the command line and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Invoices => "invoices",
            Scope::Withdrawals => "withdrawals",
            Scope::Webhooks => "webhooks",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Scope::Read => 1,
            Scope::Invoices => 2,
            Scope::Withdrawals => 4,
            Scope::Webhooks => 8,
        }
    }
}

/// The scopes of a key. None of them implies another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes {
    bits: u8,
}

/// The text names no scopes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no scope; use a list such as read,invoices of: read, invoices, withdrawals, webhooks"
)]
pub struct UnknownScope(pub String);

impl Scopes {
    /// Everything: what a key has unless something else is asked for.
    pub const ALL: Scopes = Scopes { bits: 0b1111 };

    /// Exactly these.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Scopes {
        Scopes { bits: scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()) }
    }

    /// Whether this one is among them.
    pub const fn has(self, scope: Scope) -> bool {
        self.bits & scope.bit() != 0
    }

    /// The number that stands for them on disk.
    pub const fn bits(self) -> u8 {
        self.bits
    }

    /// What such a number stands for; what is unknown in it allows nothing.
    pub const fn from_bits(bits: u8) -> Scopes {
        Scopes { bits: bits & Scopes::ALL.bits }
    }
}

impl fmt::Display for Scopes {
    /// As [`FromStr`] reads them: `read,invoices`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let had = Scope::ALL.into_iter().filter(|scope| self.has(*scope));
        f.write_str(&had.map(Scope::name).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let named = |name: &str| {
            let name = name.trim();
            let known = Scope::ALL.into_iter().find(|scope| scope.name() == name);
            known.ok_or_else(|| UnknownScope(name.to_owned()))
        };
        Ok(Scopes::of(text.split(',').map(named).collect::<Result<Vec<_>, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let rows = [
            ("read", vec![Scope::Read]),
            ("read,invoices", vec![Scope::Read, Scope::Invoices]),
            ("read,invoices,withdrawals,webhooks", Scope::ALL.to_vec()),
        ];
        for (text, scopes) in rows {
            let parsed: Scopes = text.parse().unwrap();
            assert_eq!(parsed.to_string(), text);
            for scope in Scope::ALL {
                assert_eq!(parsed.has(scope), scopes.contains(&scope), "{text}: {scope:?}");
            }
            assert_eq!(Scopes::from_bits(parsed.bits()), parsed);
        }
        assert_eq!(" webhooks , read".parse(), Ok(Scopes::of([Scope::Read, Scope::Webhooks])));
        assert_eq!(Scopes::of(Scope::ALL), Scopes::ALL);
        for (text, wrong) in [("", ""), ("all", "all"), ("read,", ""), ("READ", "READ")] {
            assert_eq!(text.parse::<Scopes>(), Err(UnknownScope(wrong.to_owned())));
        }
    }

    #[test]
    fn a_number_from_a_newer_version_allows_nothing_unknown() {
        assert_eq!(Scopes::from_bits(0xF1), Scopes::of([Scope::Read]));
    }
}
