//! Caps of accounts.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{NOW, PROVIDER, RULES};
use crate::peers::Share;
use crate::pool::key::KeySpec;
use crate::pool::refusal::Refusal;
use crate::pool::verdict::Verdict;
use crate::pool::{Pool, Rules};

/// How many keys an account has, and its cap.
fn crowd() -> impl Strategy<Value = (i64, u32)> {
    (1_i64..40, 1_u32..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// An account is never over its cap and never below it while it is asked, whichever of its
    /// keys come back first.
    #[test]
    fn an_account_is_as_busy_as_it_may_be((keys, cap) in crowd(), returns in vec(any::<usize>(), 1..60)) {
        let mut pool = Pool::new(RULES);
        for id in 1..=keys {
            let account = "shared".to_owned();
            let max_concurrency = if id == keys { cap } else { 0 };
            pool.put(PROVIDER, &KeySpec { id, account, max_concurrency, ..KeySpec::default() }, NOW);
        }
        let mut out = Vec::new();
        for which in returns {
            while let Ok(loan) = pool.lease(PROVIDER, "m", &[], NOW) {
                out.push(loan);
                prop_assert!(out.len() <= cap as usize);
            }
            prop_assert_eq!(out.len(), cap as usize);
            prop_assert_eq!(pool.in_use(PROVIDER, "shared"), cap);
            prop_assert_eq!(pool.lease(PROVIDER, "m", &[], NOW), Err(Refusal::AllBusy));
            let loan = out.swap_remove(which % out.len());
            pool.settle(PROVIDER, "m", loan, Verdict::CLIENT_LEFT, NOW);
        }
    }

    /// So much as its share allows, and all of it again when places are shared again, whatever is
    /// out meanwhile.
    #[test]
    fn a_share_is_as_busy_as_it_may_be(
        (keys, cap) in crowd(),
        counts in vec((1_u64..5, any::<bool>()), 1..20),
        named in any::<bool>(),
    ) {
        let mut pool = Pool::new(RULES);
        for id in 1..=if named { keys } else { 1 } {
            let account = if named { "shared".to_owned() } else { String::new() };
            pool.put(PROVIDER, &KeySpec { id, account, max_concurrency: cap, ..KeySpec::default() }, NOW);
        }
        let mut out = Vec::new();
        for (count, back) in counts {
            let rules = Rules { share: Share { count, rank: 0 }, ..RULES };
            pool.obey(rules);
            let before = out.len();
            while let Ok(loan) = pool.lease(PROVIDER, "m", &[], NOW) {
                out.push(loan);
            }
            prop_assert_eq!(out.len(), before.max(rules.allowed(cap) as usize));
            if back {
                pool.settle(PROVIDER, "m", out.swap_remove(0), Verdict::SUCCESS, NOW);
            }
        }
    }
}
