//! A scan with SIMD, one without, and one byte by byte leave the same state after each piece. A processor uses only one
//! of the first two, so a test from outside can't compare them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::masks::Way;
use super::{DEEPEST, Found, Scan};
use crate::config::JsonCheck;

struct Writer {
    state: u64,
    out: Vec<u8>,
}

impl Writer {
    const fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % bound
    }

    fn pick(&mut self, among: &[&str]) {
        let picked = among.iter().cycle().nth(self.below(among.len())).copied().unwrap_or_default();
        self.out.extend_from_slice(picked.as_bytes());
    }

    fn string(&mut self) {
        self.pick(&["\""]);
        for _ in 0..self.below(6) {
            self.pick(&[
                "a",
                "app.kubernetes.io/name",
                "\\\"",
                "\\\\",
                "\\u00e9",
                "é",
                "🚀",
                "{",
                "]",
                ":,",
                " ",
                "\\n",
            ]);
        }
        self.pick(&["\""]);
    }

    fn value(&mut self, depth: usize) {
        match self.below(if depth == 0 { 2 } else { 5 }) {
            0 => self.string(),
            1 => self.pick(&["0", "-1.5e+7", "true", "null", "{}", "[]", "[{}]", "12345678"]),
            2 => {
                self.pick(&["["]);
                for index in 0..self.below(6) {
                    self.pick(&[if index > 0 { "," } else { "" }]);
                    self.value(depth - 1);
                }
                self.pick(&["]", "]", "]", " ]"]);
            }
            _ => self.object(depth),
        }
    }

    fn object(&mut self, depth: usize) {
        self.pick(&["{", "{", "{", "{\n"]);
        for index in 0..self.below(6) {
            self.pick(&[if index > 0 { "," } else { "" }]);
            self.string();
            self.pick(&[":", ":", ":", " : "]);
            self.value(depth.saturating_sub(1));
        }
        self.pick(&["}"]);
    }

    /// Writes brackets on the levels up to this one, most of them on the deepest levels and most of them braces. They
    /// match, but nothing else is JSON.
    fn brackets(&mut self, deepest: usize) {
        // With it, some blocks have few brackets.
        let long = format!("\"{}\"", "a".repeat(80));
        let mut open = Vec::new();
        for step in 0..deepest + 400 {
            let bracket = if self.below(8) == 0 { b'[' } else { b'{' };
            match self.below(6) {
                0 => self.pick(&["\"name\"", "\"{[\"", "\"\\\"}\"", "\"é\"", "0", &long, &long]),
                1 | 2 if (1..deepest).contains(&open.len()) => self.out.extend([bracket, bracket + 2]),
                3 if step > deepest && open.len() > 1 => self.out.extend(open.pop().map(|bracket| bracket + 2)),
                _ if open.len() < deepest => {
                    self.out.push(bracket);
                    open.push(bracket);
                }
                _ => {}
            }
        }
        self.out.extend(open.iter().rev().map(|bracket| bracket + 2));
    }

    /// Exchanges a bracket for one of the other kind.
    fn exchange(&mut self) {
        let at = self.below(self.out.len());
        let bracket = self.out.iter_mut().skip(at).find(|byte| b"{}[]".contains(byte));
        bracket.into_iter().for_each(|bracket| *bracket ^= 0x20);
    }

    fn damage(&mut self) {
        let at = self.below(self.out.len());
        let byte = b"{}[]\"\\,:0-.eu \n\t\x00\x1f\x7f\x80\xc3\xff".iter().copied().nth(self.below(24)).unwrap_or(b'x');
        match self.below(3) {
            0 => self.out.insert(at, byte),
            1 if self.out.len() > 1 => drop(self.out.remove(at)),
            _ => self.out.iter_mut().skip(at).take(1).for_each(|to| *to = byte),
        }
    }
}

/// Returns the state after each piece.
fn states(document: &[u8], cuts: &[usize], check: JsonCheck, way: Way) -> Vec<String> {
    let mut scan = Scan::new(DEEPEST, 3, check);
    let (mut states, mut rest) = (Vec::new(), document);
    for cut in cuts.iter().cycle() {
        let Some((mut piece, tail)) = rest.split_at_checked((*cut).min(rest.len())) else { break };
        rest = tail;
        while !piece.is_empty() {
            let found = scan.scan_by(piece, |blocks| way.work(blocks));
            states.push(format!("{found:?} {:?} {scan:?}", scan.marks().is_sound(document)));
            let Ok(end) = found else { return states };
            piece = end.and_then(|end| piece.get(end..)).unwrap_or_default();
        }
        if rest.is_empty() {
            break;
        }
    }
    states
}

#[test]
fn simd_and_plain_code_scan_alike() {
    let ways = Way::all();
    let (mut complete, mut wrong) = (0, 0);
    for seed in 0..500 {
        let mut writer = Writer { state: seed, out: Vec::new() };
        writer.object(5);
        for _ in 0..writer.below(8).saturating_sub(4) {
            writer.damage();
        }
        let cuts: Vec<_> = (0..5).map(|_| 1 + writer.below(300)).collect();
        for check in [JsonCheck::Structure, JsonCheck::Full] {
            for cuts in [&cuts[..], &[usize::MAX]] {
                let plain = states(&writer.out, cuts, check, Way::Plain);
                for &way in &ways {
                    let states = states(&writer.out, cuts, check, way);
                    assert_eq!(states, plain, "{way:?}, {check:?}, cut at {cuts:?}: {}", writer.out.escape_ascii());
                }
                complete += usize::from(plain.iter().any(|state| state.starts_with("Ok(Some")));
                wrong += usize::from(plain.iter().any(|state| state.starts_with("Err")));
            }
        }
    }
    assert!(complete > 1_000 && wrong > 50, "{complete} documents are complete, {wrong} are wrong");
}

/// Returns what was found in each piece, and what the scan knows after it.
fn positions(document: &[u8], cut: usize, mut scan: Scan, step: impl Fn(&mut Scan, &[u8]) -> Found) -> Vec<String> {
    let mut positions = Vec::new();
    for piece in document.chunks(cut) {
        let found = step(&mut scan, piece);
        positions.push(format!("{found:?}"));
        if found != Ok(None) {
            break;
        }
        positions.push(format!("{:?} {} {} {:?}", scan.place, scan.len, scan.levels.depth(), scan.marks.spans));
    }
    positions
}

/// Blocks follow deep brackets together. The levels around 64 and 128 are in two words.
#[test]
fn blocks_and_bytes_follow_deep_brackets_alike() {
    let (ways, mut complete, mut wrong) = (Way::all(), 0, 0);
    for seed in 0..300 {
        let mut writer = Writer { state: seed, out: Vec::new() };
        let level = [1, 2, 3, 4, 5, 20, 62, 63, 64, 65, 66, 127, 128, 129, 511, 512, 513].into_iter().cycle();
        let level = level.clone().nth(writer.below(17)).unwrap_or_default();
        // White space moves the brackets in their blocks.
        writer.out.push(b'{');
        let indent = 1 + writer.below(64);
        writer.out.resize(indent, b' ');
        writer.brackets(level);
        writer.out.push(b'}');
        match writer.below(4) {
            0 => writer.damage(),
            1 => writer.exchange(),
            _ => {}
        }
        let deepest = if writer.below(3) == 0 { DEEPEST } else { level + 1 - writer.below(2) };
        let (noted, cut) = (2 + writer.below(3) as u8, 1 + writer.below(1_000));
        let scan = Scan::new(deepest, noted, JsonCheck::Structure);
        let bytes = positions(&writer.out, cut, scan.clone(), |scan, piece| {
            scan.scan_by(piece, |blocks| blocks.scan.bytes(blocks.piece))
        });
        for way in &ways {
            let blocks =
                positions(&writer.out, cut, scan.clone(), |scan, piece| scan.scan_by(piece, |blocks| way.work(blocks)));
            assert_eq!(blocks, bytes, "{way:?}, {deepest}, {noted}, cut at {cut}: {}", writer.out.escape_ascii());
        }
        complete += usize::from(bytes.last().is_some_and(|last| last.starts_with("Ok(Some")));
        wrong += usize::from(bytes.last().is_some_and(|last| last.starts_with("Err")));
    }
    assert!(complete > 75 && wrong > 75, "{complete} documents are complete, {wrong} are wrong");
}
