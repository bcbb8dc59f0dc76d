-- Times are microseconds since 1970 in UTC, 0 is never. Yes and no are 1 and 0.
-- Lists of words are separated by spaces. Nothing is NULL.

-- +goose Up
CREATE TABLE bootstrap (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1)
) STRICT;

CREATE TABLE organisations (
    id       TEXT    NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    created  INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL REFERENCES organisations (id),
    name         TEXT    NOT NULL,
    hash         TEXT    NOT NULL UNIQUE,
    scopes       TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    revoked      INTEGER NOT NULL,
    last_used    INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_organisation ON tokens (organisation, id);

-- The packages' bytes in the blob store. refs counts the submissions that have
-- them; filed says that a filing is among these, now or ever.
CREATE TABLE blobs (
    key     TEXT    NOT NULL PRIMARY KEY,
    sha256  TEXT    NOT NULL,
    md5     TEXT    NOT NULL,
    size    INTEGER NOT NULL,
    created INTEGER NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN ('live', 'deleting')),
    refs    INTEGER NOT NULL CHECK (refs >= 0),
    filed   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX blobs_live ON blobs (sha256) WHERE state = 'live';
CREATE INDEX blobs_unused ON blobs (created) WHERE state = 'live' AND refs = 0;
CREATE INDEX blobs_deleting ON blobs (key) WHERE state = 'deleting';
CREATE INDEX blobs_filed ON blobs (key) WHERE filed = 1;

-- The first SHA-256 that was seen with an MD5.
CREATE TABLE digests (
    md5    TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- job is the newest that is no re-judgement. judgements counts all that were
-- made, judgement is the number of the one in force. prior_* is the filing that
-- a recheck on its way replaced. attached_expires becomes expires when an awaited
-- package is there. found_platform is the package's, platform the filing's.
CREATE TABLE submissions (
    id                  TEXT    NOT NULL PRIMARY KEY,
    organisation        TEXT    NOT NULL REFERENCES organisations (id),
    purpose             TEXT    NOT NULL,
    state               TEXT    NOT NULL CHECK (state IN
        ('awaiting', 'queued', 'running', 'judged', 'canceled', 'expired', 'stuck')),
    lane                TEXT    NOT NULL,
    filing_digest       TEXT    NOT NULL,
    platform            TEXT    NOT NULL,
    app_name            TEXT    NOT NULL,
    file_name           TEXT    NOT NULL,
    sha256              TEXT    NOT NULL,
    md5                 TEXT    NOT NULL,
    size                INTEGER NOT NULL,
    blob_key            TEXT    NOT NULL,
    supersedes          TEXT    NOT NULL,
    package_id          TEXT    NOT NULL DEFAULT '',
    version             TEXT    NOT NULL DEFAULT '',
    found_platform      TEXT    NOT NULL DEFAULT '',
    verdict             TEXT    NOT NULL DEFAULT '',
    judgement           INTEGER NOT NULL DEFAULT 0,
    judgements          INTEGER NOT NULL DEFAULT 0,
    report_digest       TEXT    NOT NULL DEFAULT '',
    rejudged            TEXT    NOT NULL DEFAULT '',
    job                 TEXT    NOT NULL DEFAULT '',
    created             INTEGER NOT NULL,
    updated             INTEGER NOT NULL,
    acknowledged        INTEGER NOT NULL,
    expires             INTEGER NOT NULL,
    attached_expires    INTEGER NOT NULL,
    created_by          TEXT    NOT NULL,
    prior_filing_digest TEXT    NOT NULL DEFAULT '',
    prior_platform      TEXT    NOT NULL DEFAULT '',
    prior_app_name      TEXT    NOT NULL DEFAULT '',
    prior_filing        BLOB    NOT NULL DEFAULT x'',
    filing              BLOB    NOT NULL
) STRICT;
CREATE INDEX submissions_newest ON submissions (created, id);
CREATE INDEX submissions_organisation ON submissions (organisation, created, id);
CREATE INDEX submissions_state ON submissions (organisation, state, created, id);
CREATE INDEX submissions_state_newest ON submissions (state, created, id);
CREATE INDEX submissions_verdict ON submissions (organisation, verdict, created, id) WHERE verdict <> '';
CREATE INDEX submissions_sha256 ON submissions (sha256, organisation, created, id) WHERE sha256 <> '';
CREATE INDEX submissions_md5 ON submissions (md5, organisation, created, id) WHERE md5 <> '';
CREATE INDEX submissions_package ON submissions (package_id, organisation, created, id) WHERE package_id <> '';
CREATE INDEX submissions_app ON submissions (package_id, organisation, found_platform, created, id)
    WHERE purpose = 'filing' AND judgement > 0;
CREATE INDEX submissions_expiring ON submissions (expires) WHERE expires > 0 AND state <> 'expired';

-- The answers that idempotency keys got.
CREATE TABLE idempotency (
    organisation TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request      TEXT    NOT NULL,
    submission   TEXT    NOT NULL,
    job          TEXT    NOT NULL,
    expires      INTEGER NOT NULL,
    PRIMARY KEY (organisation, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_expiring ON idempotency (expires);

-- due is run_at of a queued job and lease_until of a running one. against is the
-- number of the judgement that was in force when the job was made.
CREATE TABLE jobs (
    id               TEXT    NOT NULL PRIMARY KEY,
    submission       TEXT    NOT NULL REFERENCES submissions (id),
    organisation     TEXT    NOT NULL,
    cause            TEXT    NOT NULL,
    lane             TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'done', 'canceled', 'dead')),
    sha256           TEXT    NOT NULL,
    md5              TEXT    NOT NULL,
    size             INTEGER NOT NULL,
    package_id       TEXT    NOT NULL,
    against          INTEGER NOT NULL,
    epoch            INTEGER NOT NULL DEFAULT 0,
    attempts         INTEGER NOT NULL DEFAULT 0,
    crashes          INTEGER NOT NULL DEFAULT 0,
    lost             INTEGER NOT NULL DEFAULT 0,
    run_at           INTEGER NOT NULL,
    lease_until      INTEGER NOT NULL DEFAULT 0,
    due              INTEGER NOT NULL,
    worker           TEXT    NOT NULL DEFAULT '',
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    stage            TEXT    NOT NULL DEFAULT '',
    percent          INTEGER NOT NULL DEFAULT 0,
    error            TEXT    NOT NULL DEFAULT '',
    run              TEXT    NOT NULL,
    created          INTEGER NOT NULL,
    started          INTEGER NOT NULL DEFAULT 0,
    ended            INTEGER NOT NULL DEFAULT 0,
    filing           BLOB    NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (lane, due, state) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_dead ON jobs (lane) WHERE state = 'dead';
CREATE INDEX jobs_run ON jobs (run) WHERE run <> '' AND state = 'queued';

-- The bytes of reports, compressed with zstd, each once.
CREATE TABLE reports (
    digest    TEXT    NOT NULL PRIMARY KEY,
    body      BLOB    NOT NULL,
    key_id    TEXT    NOT NULL,
    signature BLOB    NOT NULL,
    created   INTEGER NOT NULL
) STRICT;

CREATE TABLE judgements (
    submission      TEXT    NOT NULL REFERENCES submissions (id),
    seq             INTEGER NOT NULL,
    job             TEXT    NOT NULL UNIQUE,
    cause           TEXT    NOT NULL,
    verdict         TEXT    NOT NULL,
    report_digest   TEXT    NOT NULL REFERENCES reports (digest),
    package_digest  TEXT    NOT NULL,
    filing_digest   TEXT    NOT NULL,
    policy_digest   TEXT    NOT NULL,
    previous_digest TEXT    NOT NULL,
    as_of           TEXT    NOT NULL,
    engine          TEXT    NOT NULL,
    rules           TEXT    NOT NULL,
    created         INTEGER NOT NULL,
    PRIMARY KEY (submission, seq)
) STRICT;
CREATE INDEX judgements_report ON judgements (report_digest, created);

-- Facts are heyan.facts/1, compressed with zstd.
CREATE TABLE facts (
    sha256  TEXT    NOT NULL,
    version TEXT    NOT NULL,
    body    BLOB    NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (sha256, version)
) STRICT;

CREATE TABLE analyses (
    sha256      TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    owner       TEXT    NOT NULL,
    lease_until INTEGER NOT NULL,
    PRIMARY KEY (sha256, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
    id           TEXT    NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL REFERENCES organisations (id),
    url          TEXT    NOT NULL,
    secret       BLOB    NOT NULL,
    events       TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    disabled     INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_organisation ON webhooks (organisation, id);

CREATE TABLE deliveries (
    id           TEXT    NOT NULL PRIMARY KEY,
    webhook      TEXT    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    organisation TEXT    NOT NULL,
    event        TEXT    NOT NULL,
    submission   TEXT    NOT NULL,
    payload      BLOB    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_at      INTEGER NOT NULL,
    epoch        INTEGER NOT NULL DEFAULT 0,
    status       INTEGER NOT NULL DEFAULT 0,
    error        TEXT    NOT NULL DEFAULT '',
    created      INTEGER NOT NULL,
    ended        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_webhook ON deliveries (webhook, created, id);
CREATE INDEX deliveries_state ON deliveries (webhook, state, created, id);
CREATE INDEX deliveries_organisation ON deliveries (organisation, created, id);

CREATE TABLE signing_keys (
    id      TEXT    NOT NULL PRIMARY KEY,
    public  BLOB    NOT NULL,
    private BLOB    NOT NULL,
    created INTEGER NOT NULL,
    retired INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (retired) WHERE retired = 0;

CREATE TABLE alarms (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    submission TEXT    NOT NULL,
    created    INTEGER NOT NULL
) STRICT;
CREATE INDEX alarms_newest ON alarms (created, id);

-- cursor_created and cursor_id are those of the last submission that was looked at.
CREATE TABLE rejudges (
    id             TEXT    NOT NULL PRIMARY KEY,
    organisation   TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('running', 'done', 'canceled')),
    created_since  INTEGER NOT NULL,
    created_until  INTEGER NOT NULL,
    cursor_created INTEGER NOT NULL,
    cursor_id      TEXT    NOT NULL,
    queued         INTEGER NOT NULL,
    done           INTEGER NOT NULL,
    changed        INTEGER NOT NULL,
    created_by     TEXT    NOT NULL,
    created        INTEGER NOT NULL,
    ended          INTEGER NOT NULL
) STRICT;
CREATE INDEX rejudges_newest ON rejudges (created, id);
CREATE INDEX rejudges_running ON rejudges (id) WHERE state = 'running';
