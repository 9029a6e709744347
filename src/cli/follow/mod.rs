//! What is said on stderr while a pair is trained or a study is conducted, and how it ends.

mod session;
mod study;
mod talker;

pub use self::session::{conclude, tell_end};
pub use self::study::Follower;
pub use self::talker::Talker;
