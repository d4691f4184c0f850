//! The bodies of the fuzz targets go over the committed corpus, and over the recorded replies of a real server.

use std::path::{Path, PathBuf};

use watch_sim::fuzz::TARGETS;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn every_target_holds_over_its_corpus() {
    for (name, target) in TARGETS {
        let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name));
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            println!("{}", file.display());
            target(&std::fs::read(&file).unwrap());
        }
    }
}

#[test]
fn every_target_holds_over_the_recorded_replies() {
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures")) {
        let bytes = std::fs::read(&file).unwrap();
        // Some have megabytes, which takes long byte by byte in a debug build.
        let bytes = &bytes[..bytes.len().min(40_000)];
        for (name, target) in TARGETS {
            println!("{name} {}", file.display());
            target(bytes);
        }
    }
}
