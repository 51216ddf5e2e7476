use serde::{Deserialize, Serialize};

/// What the votes of a stage come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tally {
    /// Others have to decide.
    Open,
    /// Enough have approved.
    Approved,
    /// It was denied, or cannot be approved any more.
    Denied,
}

/// Counts votes: `approvals` and `denials` of `voters` people, of whom `quorum` have to approve.
///
/// With `veto` a single denial is enough; without it, it is denied when the quorum cannot be reached any more. A quorum of more
/// people than there are is never reached.
///
/// # Examples
///
/// ```
/// use tenure_governance::{Tally, tally};
/// assert_eq!(tally(2, 0, 2, 3, true), Tally::Approved); // two of three
/// assert_eq!(tally(1, 1, 2, 3, true), Tally::Denied); // one denial is enough
/// assert_eq!(tally(1, 1, 2, 3, false), Tally::Open); // the third decides
/// ```
#[must_use]
pub fn tally(approvals: usize, denials: usize, quorum: usize, voters: usize, veto: bool) -> Tally {
    let quorum = quorum.max(1);
    if veto && denials > 0 {
        return Tally::Denied;
    }
    if approvals >= quorum {
        return Tally::Approved;
    }
    if denials > 0 && voters.saturating_sub(denials) < quorum {
        return Tally::Denied;
    }
    Tally::Open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_of_up_to_five_voters_is_what_counting_says() {
        for voters in 1..=5_usize {
            for quorum in 1..=voters {
                for approvals in 0..=voters {
                    for denials in 0..=(voters - approvals) {
                        for veto in [true, false] {
                            let found = tally(approvals, denials, quorum, voters, veto);
                            let reachable = voters - denials >= quorum;
                            let expected = match (veto && denials > 0, approvals >= quorum, reachable) {
                                (true, ..) => Tally::Denied,
                                (false, true, _) => Tally::Approved,
                                (false, false, false) => Tally::Denied,
                                (false, false, true) => Tally::Open,
                            };
                            assert_eq!(
                                found, expected,
                                "{approvals}+{denials} of {voters}, {quorum}, {veto}"
                            );
                        }
                    }
                }
            }
        }
        assert_eq!(tally(0, 0, 0, 3, true), Tally::Open, "a quorum of nobody is a quorum of one");
        assert_eq!(tally(2, 0, 3, 2, true), Tally::Open, "nobody is made up to reach a quorum");
    }
}
