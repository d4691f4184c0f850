//! Writes, and what follows from them.

pub(crate) mod publish;
pub(crate) mod replica;
pub(crate) mod write;
