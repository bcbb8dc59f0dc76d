// Package webhook tells organisations what became of their submissions, as Standard
// Webhooks (https://www.standardwebhooks.com) describes it.
//
// # What is promised
//
// An event and what it tells are committed in one transaction, so none is lost. It is
// delivered at least once: what a crash interrupts is sent again, with the same
// webhook-id. Order is not promised. An attempt succeeds with an answer of 2xx; all
// else is tried again for about a day, then the delivery is dead, is kept, and can be
// sent again by hand. 410 Gone ends it at once.
//
// A payload is thin: ids, digests, the verdict. Who holds the URL alone learns little;
// the report is fetched with a token.
//
// # Slow receivers
//
// A receiver has at most PerWebhook requests at a time and a short queue in memory.
// What exceeds them is put back until about its turn, so a receiver that does not
// answer holds up itself and no other.
//
// # Where requests may go
//
// The URL comes from a caller, the request from inside the operator's network. So a
// Guard looks at every address that is really dialled, after names were resolved: only
// public ones, unless the operator allows a network. Redirects are not followed,
// proxies of the environment are not used, and of an answer its status alone is kept.
package webhook
