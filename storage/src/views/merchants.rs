//! Merchants: by id, by API key, by e-mail; and answers kept under idempotency keys.

use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{Answered, Merchant};
use uuid::Uuid;

use super::{Direction, ReadRows, Row, Rows, ViewError, Views, part, read};
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::MerchantRow;

impl Views {
    /// The merchant of this id.
    pub fn merchant(&self, id: MerchantId) -> Result<Option<Row<Merchant>>, ViewError> {
        Ok(self.row::<MerchantRow>(keys::merchant(id))?.map(Row::from))
    }

    /// The merchant to whom an API key was issued; none for a revoked one.
    pub fn merchant_by_key(
        &self,
        key: &str,
    ) -> Result<Option<(MerchantId, Row<Merchant>)>, ViewError> {
        self.merchant_at(&keys::api_key(key))
    }

    /// The merchant with this e-mail address (its keyed digest).
    pub fn merchant_by_email(
        &self,
        digest: &[u8; 32],
    ) -> Result<Option<(MerchantId, Row<Merchant>)>, ViewError> {
        self.merchant_at(&keys::merchant_email(digest))
    }

    /// Merchants in the order of their ids, behind `after`, at most `limit`.
    pub fn merchants(
        &self,
        after: Option<MerchantId>,
        limit: usize,
    ) -> Result<Vec<(MerchantId, Row<Merchant>)>, ViewError> {
        let mut range = KeyRange::within(Key::of(Prefix::Merchant));
        if let Some(after) = after {
            range = range.after(keys::merchant(after));
        }
        let mut merchants = Vec::new();
        for row in self.rows(range, Direction::Forward).take(limit) {
            let (key, value) = row?;
            let id = MerchantId(part(&key, Parts::of(&key).id())?);
            merchants.push((id, read::<MerchantRow>(&key, &value)?.into()));
        }
        Ok(merchants)
    }

    /// The first answer to a request with this idempotency key. It is kept for at least seven
    /// days; an older one may still be there and is to be taken for absent.
    pub fn answered(
        &self,
        merchant: MerchantId,
        key_digest: &[u8; 32],
    ) -> Result<Option<Answered>, ViewError> {
        self.row(keys::answered(merchant, key_digest))
    }

    fn merchant_at(&self, index: &Key) -> Result<Option<(MerchantId, Row<Merchant>)>, ViewError> {
        let Some(value) = self.get(index.as_ref())? else { return Ok(None) };
        let id = MerchantId(part(index.as_ref(), Uuid::from_slice(&value).ok())?);
        Ok(self.merchant(id)?.map(|row| (id, row)))
    }
}

impl From<MerchantRow> for Row<Merchant> {
    fn from(row: MerchantRow) -> Self {
        Row { value: row.merchant, last_seq: row.last_seq }
    }
}
