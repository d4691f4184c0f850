//! Intentional bugs in the simulator, which prove that each oracle can fail.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// Every third change from the machine is lost.
    LosesEvents,
    /// After three seconds the machine isn't polled any more.
    Sleeps,
    /// Each request is sent nine times.
    Storms,
    /// All bytes are taken as one line without an end.
    Hoards,
    /// The second run of the same plan has another result.
    Drifts,
    /// It panics.
    Panics,
}

#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the mutants are run by the program"))]
impl Mutant {
    /// One mutant for each exit code.
    pub(crate) const ALL: [Self; 6] =
        [Self::LosesEvents, Self::Sleeps, Self::Storms, Self::Hoards, Self::Drifts, Self::Panics];

    /// Returns the exit code of a program that finds it.
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
    use crate::run::run_mutant;

    /// This also checks that the exit codes differ.
    #[test]
    fn each_built_in_mutant_is_found_for_what_it_is() {
        for mutant in Mutant::ALL {
            let codes = (0..40).filter_map(|seed| run_mutant(&plan_of(seed), mutant).violation);
            assert!(codes.map(|found| found.oracle.exit_code()).any(|code| code == mutant.exit_code()), "{mutant:?}");
        }
    }
}
