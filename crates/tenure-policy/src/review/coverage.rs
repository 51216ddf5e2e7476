//! Which parts of the lifecycle the policy covers in each target.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::compile::Policy;
use crate::document::DelegatedAction;
use crate::id::TargetId;
use crate::target::Mode;

/// What the policy covers in one target. `Display` gives one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coverage {
    /// The target.
    pub target: TargetId,
    /// Rules give accounts, and the mode lets them be made.
    pub joiner: bool,
    /// What people lose by a move can be taken away.
    pub mover: bool,
    /// Leavers are taken out of it completely.
    pub leaver: bool,
    /// Somebody may review it, or idle seats are known.
    pub review: bool,
    /// Access goes by groups there.
    pub groups: bool,
    /// What is missing, in words.
    pub gaps: Vec<String>,
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |covered| if covered { "yes" } else { "no" };
        write!(
            f,
            "{}: joiner {}, mover {}, leaver {}, review {}, groups {}",
            self.target,
            word(self.joiner),
            word(self.mover),
            word(self.leaver),
            word(self.review),
            word(self.groups)
        )?;
        match self.gaps.as_slice() {
            [] => Ok(()),
            gaps => write!(f, " ({})", gaps.join("; ")),
        }
    }
}

impl Coverage {
    /// The same, where somebody reviews the target whom the policy does not know of: in a campaign of access reviews, for instance.
    #[must_use]
    pub fn reviewed(mut self) -> Self {
        self.review = true;
        self.gaps.retain(|gap| gap != UNREVIEWED);
        self
    }
}

const UNREVIEWED: &str = "nobody may review it";

impl Policy {
    /// Every target with the phases that the policy covers there, in the order of targets.
    #[must_use]
    pub fn coverage(&self) -> Vec<Coverage> {
        let parts = self.parts();
        let findings = self.analyse();
        let reviewers = parts.document.delegations.iter().any(|d| d.may.contains(&DelegatedAction::Review));
        let mut out = Vec::new();
        for (id, target) in &parts.document.targets {
            let given: Vec<_> = parts.givers().keys().filter(|key| key.target == *id).collect();
            let makes = target.mode.of("account") != Mode::Observe;
            let kept: Vec<&str> = given
                .iter()
                .filter(|key| {
                    !key.is_account() && matches!(target.mode(&key.kind), Mode::Observe | Mode::AddOnly)
                })
                .map(|key| key.kind.as_str())
                .collect();
            let takes = !matches!(target.mode.of("account"), Mode::Observe | Mode::AddOnly);
            let mut gaps: Vec<String> = Vec::new();
            if given.is_empty() {
                gaps.push("no rule gives an account".to_owned());
            }
            if !makes {
                gaps.push("the mode lets no account be made".to_owned());
            }
            let mut kinds = kept.clone();
            kinds.sort_unstable();
            kinds.dedup();
            gaps.extend(kinds.iter().map(|kind| format!("the mode lets no `{kind}` be taken away")));
            let leaver = findings
                .iter()
                .filter(|f| f.kind == crate::FindingKind::LeaverGap && f.subject == id.as_str());
            let leaver: Vec<String> = leaver.map(|finding| finding.message.clone()).collect();
            let covered = leaver.is_empty();
            gaps.extend(leaver);
            let review = reviewers || target.seats.iter().any(|seat| seat.idle_after.is_some());
            if !review {
                gaps.push(UNREVIEWED.to_owned());
            }
            out.push(Coverage {
                target: id.clone(),
                joiner: !given.is_empty() && makes,
                mover: !given.is_empty() && takes && kept.is_empty(),
                leaver: covered,
                review,
                groups: given.iter().any(|key| key.kind.as_str() == "group"),
                gaps,
            });
        }
        out
    }
}
