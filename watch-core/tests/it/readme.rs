//! The loop in the README is the one in the crate's documentation, which is compiled.

/// Returns the code from `loop {` to the brace that closes it, without white space, comments and the marks of a
/// documentation comment.
fn driver(text: &str) -> String {
    let code = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("//!").unwrap_or(line);
        line.split_once("//").map_or(line, |(code, _)| code).to_owned()
    };
    let begin = text.find("loop {").expect("there is a loop");
    let text: String = text[begin..].lines().map(code).collect();
    let mut depth = 0;
    let length = text.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == '}' && depth == 0
    });
    text[..=length.expect("the loop ends")].split_whitespace().collect()
}

#[test]
fn the_loop_is_the_same_in_both_documents() {
    let [readme, docs] = [include_str!("../../../README.md"), include_str!("../../src/lib.rs")].map(driver);
    assert!(readme.starts_with("loop{matchwatcher.poll(") && readme.ends_with("Output::Done(done)=>returnOk(done),}}"));
    assert_eq!(readme, docs);
}
