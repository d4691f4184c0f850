//! The example `watch` as a program: its signals, colours and kubeconfig.

use core::time::Duration;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use serde_json::json;
use watch_test::TestServer;

use crate::examples::example;

/// Runs a program until it has printed a line with this text, ends it by SIGTERM, and returns its complete output. It
/// must end with success.
fn until_printed(mut command: Command, text: &str) -> String {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let (mut stdout, mut stderr) = (BufReader::new(child.stdout.take().unwrap()), child.stderr.take().unwrap());
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        while stdout.read_line(&mut line).is_ok_and(|length| length > 0) {
            drop(sender.send(std::mem::take(&mut line)));
        }
    });
    let next = || lines.recv_timeout(Duration::from_secs(60));
    let mut output = String::new();
    while !output.contains(text) {
        match next() {
            Ok(line) => output.push_str(&line),
            Err(_) => {
                drop(child.kill());
                drop(stderr.read_to_string(&mut output));
                panic!("never printed {text:?}: {output}");
            }
        }
    }
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    while let Ok(line) = next() {
        output.push_str(&line);
    }
    let mut errors = String::new();
    stderr.read_to_string(&mut errors).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{output}{errors}");
    output
}

fn server() -> TestServer {
    let server = TestServer::builder().start_blocking().unwrap();
    server.create("configmaps", None, json!({ "metadata": { "name": "a", "namespace": "default" } })).unwrap();
    server
}

#[test]
fn a_watch_ends_on_sigterm_with_its_summary() {
    let server = server();
    let Some(command) = example("watch", &["--server", &server.url(), "configmaps"]) else { return };
    let output = until_printed(command, "COMPLETE");
    let last = output.lines().last().unwrap();
    assert!(last.ends_with("SUMMARY    ADDED 1, SYNCED 1; requests 1"), "{output}");
}

#[test]
fn the_demonstration_ends_on_sigterm_with_its_summary() {
    let Some(command) = example("watch", &[]) else { return };
    let output = until_printed(command, "COMPLETE");
    let (_, summary) = output.split_once("── Summary\n").expect("a summary");
    assert!(summary.contains("  changes  ADDED 5, SYNCED 1\n"), "{output}");
    // Nothing is claimed of what had no time to arrive.
    assert!(!summary.contains("LOST") && !summary.contains("nothing lost"), "{output}");
}

/// `CLICOLOR_FORCE` stands for a terminal.
#[test]
fn colours_are_for_terminals_without_no_color() {
    let server = server();
    for (variables, is_coloured) in
        [(&[][..], false), (&["CLICOLOR_FORCE"], true), (&["CLICOLOR_FORCE", "NO_COLOR"], false)]
    {
        let Some(mut command) = example("watch", &["--server", &server.url(), "configmaps"]) else { return };
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(variables.iter().map(|name| (name, "1")));
        let output = until_printed(command, "COMPLETE");
        assert_eq!(output.contains("\x1b["), is_coloured, "{variables:?}: {output}");
    }
}

/// Formats for programs have no colours, on a terminal either.
#[test]
fn names_and_json_have_no_colours() {
    let server = server();
    for format in ["name", "json"] {
        let Some(mut command) = example("watch", &["--server", &server.url(), "configmaps", "-o", format]) else {
            return;
        };
        command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
        let output = until_printed(command, "default");
        assert!(!output.contains('\x1b'), "{format}: {output}");
    }
}

/// As in the READMEs: the program prints `export KUBECONFIG=...`, and the example is run with that.
#[cfg(feature = "kube")]
#[test]
fn the_kubeconfig_that_serve_prints_is_enough() {
    use crate::directory::Directory;

    /// Ends it, also if the test fails.
    struct Serving(std::process::Child);
    impl Drop for Serving {
        fn drop(&mut self) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }

    // `target/debug/examples/watch`, and `target/debug/watch-test`.
    let Some(watch) = example("watch", &[]) else { return };
    let serve = std::path::Path::new(watch.get_program()).ancestors().nth(2).unwrap().join("watch-test");
    if !serve.exists() {
        println!("skipped: {} isn't built", serve.display());
        return;
    }
    for options in [&[][..], &["--tls"]] {
        let directory = Directory::new("kubeconfig");
        std::fs::create_dir(directory.path()).unwrap();
        let file = directory.path().join("kubeconfig.json");
        let mut serving = Command::new(&serve);
        serving.args(["serve", "--objects", "3", "--kubeconfig"]).arg(&file).args(options);
        let mut serving = Serving(serving.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let printed: Vec<_> =
            BufReader::new(serving.0.stdout.take().unwrap()).lines().take(2).map(Result::unwrap).collect();
        let kubeconfig = printed[1].strip_prefix("export KUBECONFIG=").expect("a variable");

        // As the variable, and as the option. `widgets` has no version, so discovery goes through it too.
        let mut by_variable = example("watch", &["configmaps"]).unwrap();
        by_variable.env("KUBECONFIG", kubeconfig);
        let mut by_option = example("watch", &["--kubeconfig", kubeconfig, "widgets.example.com"]).unwrap();
        by_option.env_remove("KUBECONFIG");
        for (command, objects) in [(by_variable, 3), (by_option, 0)] {
            let output = until_printed(command, "COMPLETE");
            assert!(output.contains(&format!(" at {}\n", printed[0])), "{output}");
            assert_eq!(output.matches("  ADDED      ").count(), objects, "{output}");
        }
    }
}
