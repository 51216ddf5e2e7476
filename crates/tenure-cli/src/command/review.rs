//! `tenure review`: whether access is still justified.

use tenure_governance::Verdict;

use super::Session;
use super::requests::{cannot, open, who};
use crate::args::ReviewArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present;

pub(super) async fn run(session: &Session, args: &ReviewArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    super::requests::advance(session.paint, &governance, session.now).await?;
    if let (Some(campaign), Some(item), Some(by)) = (&args.campaign, &args.item, &args.by) {
        let by = who(session, &engine, by).await?;
        let verdict = if args.remove { Verdict::Remove } else { Verdict::Keep };
        let judged = governance.judge(campaign, item, &by, verdict, &args.because, session.now).await;
        let judged = judged.map_err(|e| cannot("decide", &e))?;
        print!("{}", present::items(&[judged], session.paint));
        return Ok(Exit::Done);
    }
    match (&args.campaign, &args.waiting_for) {
        (campaign, Some(name)) => {
            let name = who(session, &engine, name).await?;
            let found = governance.to_review(&name, session.now).await;
            let mut found = found.map_err(|e| cannot("read the reviews", &e))?;
            found.retain(|item| campaign.as_ref().is_none_or(|campaign| item.campaign == *campaign));
            print!("{}", present::items(&found, session.paint));
        }
        (Some(campaign), None) => {
            governance.campaign(campaign).await.map_err(|e| cannot("find the campaign", &e))?;
            let found = governance.review_items(campaign).await.map_err(|e| cannot("read the items", &e))?;
            print!("{}", present::items(&found, session.paint));
            if let Some(path) = &args.report {
                let report = governance.review_report(campaign, session.now).await;
                super::report::write(path, &report.map_err(|e| cannot("report", &e))?)?;
            }
        }
        (None, None) => {
            let found = governance.campaigns().await.map_err(|e| cannot("read the reviews", &e))?;
            print!("{}", present::campaigns(&found, session.paint));
        }
    }
    Ok(Exit::Done)
}
