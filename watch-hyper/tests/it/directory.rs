//! A directory that is removed after the test.

use std::fs;
use std::path::{Path, PathBuf};

/// The path of a directory of this test. It is removed on drop.
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// Names a directory that doesn't exist yet.
    pub(crate) fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("watch-hyper-{}-{name}", std::process::id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
