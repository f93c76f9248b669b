//! What tests of this room and of others need: a disk whose power can be cut.

mod fake_disk;

pub use fake_disk::FakeDisk;
