//! The current list in memory, for any number of readers and subscribers.
//!
//! ```text
//! Reflector ── changes its own Set, publishes a clone ──> Published ──> Store: snapshots and lookups
//!                                                             └────────> Subscriber: the changes, one by one
//! ```
//!
//! A [`Set`] is made of persistent maps, so a clone shares all nodes, and a change copies one path of nodes. It is
//! published by an atomic swap of a pointer. So a reader that holds a state for long doesn't wait, and the watch
//! doesn't wait for it.

mod builder;
mod change;
mod debounce;
mod definition;
mod ended;
mod factory;
mod filter;
mod freshness;
mod held;
mod index;
mod key;
mod objects;
mod published;
mod reader;
mod reflector;
mod set;
mod subscriber;

pub use self::builder::StoreBuilder;
pub use self::change::StoreChange;
pub use self::definition::StoreDefinition;
pub use self::ended::Ended;
pub use self::factory::{SharedStore, StoreFactory};
pub use self::freshness::StoreFreshness;
pub use self::index::Index;
pub use self::reader::Store;
pub use self::reflector::Reflector;
pub use self::set::Set;
pub use self::subscriber::Subscriber;
