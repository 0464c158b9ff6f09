//! When a call is tried again, and after which pause.

use std::time::Duration;

use tonic::Code;

use crate::error::Error;

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(200);

/// Signing is safe to repeat. DATA_LOSS: that signer's host is faulty, another
/// may not be. The time of one try (not of the call) may have been spent on a
/// signer that hangs.
pub(crate) fn worth_another_signer(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::Unavailable | Code::DataLoss | Code::DeadlineExceeded
    )
}

/// Grows by half from 10 ms to 200 ms, each pause spread by a fifth either way
/// so that many callers do not come back in step.
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(FIRST)
    }

    /// `random` is any byte.
    pub(crate) fn next(&mut self, random: u8) -> Duration {
        let pause = self.0.mul_f64(0.8 + 0.4 * f64::from(random) / 255.0);
        self.0 = self.0.mul_f64(1.5).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound_and_are_spread() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.next(0), Duration::from_millis(8));
        assert_eq!(backoff.next(255), Duration::from_millis(18));
        for _ in 0..20 {
            backoff.next(0);
        }
        assert_eq!(backoff.next(255), Duration::from_millis(240));
    }
}
