//! The paths of the programs.

use core::fmt;
use std::env;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "KUBEBUILDER_ASSETS";

/// The paths of `etcd` and `kube-apiserver`, and of `kube-controller-manager` if it is there.
#[derive(Clone, Debug)]
pub struct Assets {
    pub(super) etcd: PathBuf,
    pub(super) kube_apiserver: PathBuf,
    pub(super) kube_controller_manager: Option<PathBuf>,
}

/// The reason why the programs weren't found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAssets(String);

impl Assets {
    /// Returns the programs in the directory that `KUBEBUILDER_ASSETS` names.
    ///
    /// # Errors
    /// Fails if the variable isn't set, or if the programs aren't there.
    pub fn from_environment() -> Result<Self, NoAssets> {
        match env::var_os(VARIABLE) {
            Some(directory) if !directory.is_empty() => Self::in_directory(Path::new(&directory)),
            _ => Err(NoAssets(format!("{VARIABLE} isn't set; it names the directory with etcd and kube-apiserver"))),
        }
    }

    /// Returns the programs in this directory.
    ///
    /// # Errors
    /// Fails if the programs aren't there.
    pub fn in_directory(directory: &Path) -> Result<Self, NoAssets> {
        let program = |name: &str| {
            let path = directory.join(name);
            if path.is_file() { Ok(path) } else { Err(NoAssets(format!("there is no {}", path.display()))) }
        };
        Ok(Self {
            etcd: program("etcd")?,
            kube_apiserver: program("kube-apiserver")?,
            kube_controller_manager: program("kube-controller-manager").ok(),
        })
    }

    /// Returns whether [`Cluster::start_controllers`](super::Cluster::start_controllers) is possible.
    pub const fn have_controllers(&self) -> bool {
        self.kube_controller_manager.is_some()
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
