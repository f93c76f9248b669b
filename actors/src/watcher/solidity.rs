//! What is solidified of the chain that was read: heights alone would not say so, because the head's
//! view and the solidified one may be told by two servers.

use super::scan::{Halt, Scan};
use cryptopayment_chains::adapter::Head;

impl Scan {
    /// The newest of our blocks that the solidified view holds, by its hash. Ours are linked by
    /// their parents' hashes, so all below it are solid too. It never goes back while our chain
    /// does not, whatever an older answer says.
    pub(super) async fn solidified(&self, head: &Head) -> Result<Option<u64>, Halt> {
        let recent = self.recent.as_ref().ok_or(Halt::Moved)?;
        let Some(told) = head.solid_height else { return Ok(None) };
        let height = told.min(recent.height());
        if self.solid_height.is_some_and(|known| height <= known) {
            return Ok(self.solid_height);
        }
        // A block that is not remembered is too far below to be the next that becomes solid: the
        // window is longer than the distance between head and solidified block.
        let Some(hash) = recent.hash_at(height) else { return Ok(self.solid_height) };
        match self.chain.is_solid(height, hash).await? {
            true => Ok(Some(height)),
            false => Ok(self.solid_height),
        }
    }
}
