//! Remembers which scheme the service chose, so that a handshake costs one
//! remote call (the signature) and not two.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tonic::Code;

use crate::{error::Error, public_key::TlsVersion};

const MAX_ENTRIES: usize = 4096;
/// A key that is only ever refused brings no signature by which a change of
/// policy would show.
const REFUSAL_LIFETIME: Duration = Duration::from_secs(1);

/// Nothing in it comes raw from a stranger: a peer that permutes its list or
/// adds GREASE asks the same question again.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Question {
    pub(crate) policy_version: Vec<u8>,
    pub(crate) version: TlsVersion,
    /// The offered schemes that the key can make, sorted.
    pub(crate) usable: Vec<u16>,
}

type Answer = Result<u16, Error>;

/// Of one key, role and server name. Full, it begins anew: the questions of one
/// policy are few.
#[derive(Debug, Default)]
pub(crate) struct Choices(Mutex<HashMap<Question, (Answer, Instant)>>);

impl Choices {
    pub(crate) fn get(&self, question: &Question) -> Option<Answer> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, since) = entries.get(question)?;
        (answer.is_ok() || since.elapsed() < REFUSAL_LIFETIME).then(|| answer.clone())
    }

    /// A failure to ask is not kept.
    pub(crate) fn keep(&self, question: Question, answer: &Answer) {
        if answer.as_ref().is_err_and(|error| !is_refusal(error)) {
            return;
        }
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(question, (answer.clone(), Instant::now()));
    }

    /// The service refused a scheme that it had chosen.
    pub(crate) fn forget(&self, scheme: u16) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, (answer, _)| !matches!(answer, Ok(chosen) if *chosen == scheme));
    }
}

pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::FailedPrecondition | Code::PermissionDenied
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(policy_version: u8) -> Question {
        Question {
            policy_version: vec![policy_version],
            version: TlsVersion::Tls13,
            usable: vec![0x0403],
        }
    }

    #[test]
    fn an_answer_holds_for_one_policy() {
        let choices = Choices::default();
        choices.keep(question(1), &Ok(0x0403));
        assert_eq!(choices.get(&question(1)).unwrap().unwrap(), 0x0403);
        assert!(choices.get(&question(2)).is_none());
    }

    #[test]
    fn a_refusal_is_kept_and_a_failure_is_not() {
        let choices = Choices::default();
        choices.keep(question(1), &Err(Error::new(Code::PermissionDenied, "no")));
        choices.keep(question(2), &Err(Error::new(Code::Unavailable, "away")));
        assert_eq!(
            choices.get(&question(1)).unwrap().unwrap_err().to_string(),
            "no"
        );
        assert!(choices.get(&question(2)).is_none());
    }

    #[test]
    fn a_scheme_that_was_refused_later_is_forgotten() {
        let choices = Choices::default();
        choices.keep(question(1), &Ok(0x0403));
        choices.forget(0x0503);
        assert!(choices.get(&question(1)).is_some());
        choices.forget(0x0403);
        assert!(choices.get(&question(1)).is_none());
    }

    #[test]
    fn it_is_bounded() {
        let choices = Choices::default();
        for usable in 0..=MAX_ENTRIES as u16 {
            let usable = vec![usable];
            choices.keep(
                Question {
                    usable,
                    ..question(1)
                },
                &Ok(0x0403),
            );
        }
        assert_eq!(choices.0.lock().unwrap().len(), 1);
    }
}
