-- Indexes of tables that are large and written to all the time: made while stages work, after the migrations, each a statement of its own.
-- One that was broken off is made anew. Of decisions, which are added once and never changed: no move of a call writes to them.

-- Calls by their time.
create index concurrently rating_decision_calldate on rating_decision (calldate, call_id);
-- A client's calls by their time; the archive has one of its own.
create index concurrently rating_decision_client on rating_decision (client_id, calldate, call_id);
