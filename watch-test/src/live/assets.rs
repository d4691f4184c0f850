//! Where the programs are.

use core::fmt;
use std::env;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "KUBEBUILDER_ASSETS";

/// The programs `etcd` and `kube-apiserver`.
#[derive(Clone, Debug)]
pub struct Assets {
    pub(super) etcd: PathBuf,
    pub(super) kube_apiserver: PathBuf,
}

/// There are no programs; says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAssets(String);

impl Assets {
    /// Those in the directory that `KUBEBUILDER_ASSETS` names.
    ///
    /// # Errors
    /// If it names none, or they aren't there.
    pub fn from_environment() -> Result<Self, NoAssets> {
        match env::var_os(VARIABLE) {
            Some(directory) if !directory.is_empty() => Self::in_directory(Path::new(&directory)),
            _ => Err(NoAssets(format!("{VARIABLE} isn't set"))),
        }
    }

    /// Those in this directory.
    ///
    /// # Errors
    /// If they aren't there.
    pub fn in_directory(directory: &Path) -> Result<Self, NoAssets> {
        let program = |name: &str| {
            let path = directory.join(name);
            if path.is_file() { Ok(path) } else { Err(NoAssets(format!("there is no {}", path.display()))) }
        };
        Ok(Self { etcd: program("etcd")?, kube_apiserver: program("kube-apiserver")? })
    }
}

impl fmt::Display for NoAssets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for NoAssets {}

#[cfg(test)]
mod tests {
    use super::Assets;

    #[test]
    fn programs_that_are_not_there_are_named() {
        let error = Assets::in_directory("/nowhere".as_ref()).unwrap_err();
        assert_eq!(error.to_string(), "there is no /nowhere/etcd");
    }
}
