//! What tests of this room and of others need: a disk whose power can be cut, and a made-up
//! history of a whole gateway.

mod dice;
mod exchange;
mod fake_disk;
mod inode;
mod story;

pub use fake_disk::FakeDisk;
pub use story::Story;
