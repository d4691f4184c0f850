//! Mistakes put in, to see whether they are found: a simulator that can't fail proves nothing.

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Every third change is lost on its way out of the machine.
    LosesEvents,
    /// After three seconds nobody polls the machine any more.
    Sleeps,
    /// Each request is sent nine times.
    Storms,
    /// Whatever comes is taken for a line that doesn't end.
    Hoards,
    /// The same run comes to something else the second time.
    Drifts,
    /// It panics.
    Panics,
}

#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the canaries are a part of the program"))]
impl Mistake {
    /// One for each way to fail.
    pub(crate) const ALL: [Self; 6] =
        [Self::LosesEvents, Self::Sleeps, Self::Storms, Self::Hoards, Self::Drifts, Self::Panics];

    /// The exit code of a program that finds it.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::LosesEvents => 129,
            Self::Sleeps => 128,
            Self::Storms => 130,
            Self::Hoards => 131,
            Self::Drifts => 132,
            Self::Panics => 101,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::plan_of;
    use crate::run::run_with_mistake;

    /// Also that the exit codes tell them apart.
    #[test]
    fn each_mistake_is_found_for_what_it_is() {
        for mistake in Mistake::ALL {
            let codes = (0..40).filter_map(|seed| run_with_mistake(&plan_of(seed), mistake).violation);
            assert!(codes.map(|found| found.oracle.exit_code()).any(|code| code == mistake.exit_code()), "{mistake:?}");
        }
    }
}
