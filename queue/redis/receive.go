package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"heyan/queue"
)

// Pauses between attempts while the server does not answer.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
)

// Receive implements queue.Queue. When ctx ends it returns after the read under
// way, a second with a server that answers: a read that is cut off may have been
// given a message that nobody then has.
func (q *Queue) Receive(ctx context.Context, lanes ...queue.Lane) (queue.Message, error) {
	if len(lanes) == 0 {
		return queue.Message{}, errors.New("receive: no lane")
	}
	if err := q.enter(); err != nil {
		return queue.Message{}, err
	}
	defer q.wg.Done()
	for pause := firstPause; ; {
		if err := q.ended(ctx); err != nil {
			return queue.Message{}, err
		}
		m, err := q.next(context.WithoutCancel(ctx), lanes)
		if ended := q.ended(ctx); ended != nil {
			if m != nil {
				q.putBack(context.WithoutCancel(ctx), *m)
			}
			return queue.Message{}, ended
		}
		if noGroup(err) {
			err = q.makeGroups(ctx, lanes)
		}
		if err != nil {
			q.say(err)
			sleep(ctx, q.ctx, pause)
			pause = min(2*pause, lastPause)
			continue
		}
		q.say(nil)
		pause = firstPause
		if m != nil {
			return *m, nil
		}
	}
}

// enter counts a Receive, so that Close can wait for it.
func (q *Queue) enter() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return queue.ErrClosed
	}
	q.wg.Add(1)
	return nil
}

func (q *Queue) ended(ctx context.Context) error {
	if q.ctx.Err() != nil {
		return queue.ErrClosed
	}
	return ctx.Err()
}

// next makes one round: what was left behind, what waits, lane by lane, then what
// comes within a short while. No message and no error: nothing came.
func (q *Queue) next(ctx context.Context, lanes []queue.Lane) (*queue.Message, error) {
	if q.mayLook() {
		for _, lane := range lanes {
			if m, err := q.leftBehind(ctx, lane); m != nil || err != nil {
				return m, err
			}
		}
	}
	if len(lanes) > 1 {
		for _, lane := range lanes {
			if m, err := q.read(ctx, -1, lane); m != nil || err != nil {
				return m, err
			}
		}
	}
	return q.read(ctx, q.block, lanes...)
}

// read takes a new message, waiting for block (negative: not at all). Of several
// lanes that have one the first is taken, the others' go back: a receiver waiting
// elsewhere is woken by them.
func (q *Queue) read(ctx context.Context, block time.Duration, lanes ...queue.Lane) (*queue.Message, error) {
	args := &redis.XReadGroupArgs{Group: group, Consumer: consumer, Count: 1, Block: block}
	for _, lane := range lanes {
		args.Streams = append(args.Streams, q.streams[lane])
	}
	for range lanes {
		args.Streams = append(args.Streams, ">")
	}
	answer, err := q.client.XReadGroup(ctx, args).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	var first *queue.Message
	for _, lane := range lanes {
		for _, stream := range answer {
			if stream.Stream != q.streams[lane] {
				continue
			}
			for _, entry := range stream.Messages {
				m := message(lane, entry)
				if first == nil {
					first = &m
					q.unmark(ctx, m)
				} else {
					q.putBack(ctx, m)
				}
			}
		}
	}
	return first, nil
}

func message(lane queue.Lane, entry redis.XMessage) queue.Message {
	job, _ := entry.Values[field].(string)
	return queue.Message{Job: job, Lane: lane, Receipt: entry.ID}
}

// unmark lets the job be published again. Where that fails the mark ends by itself.
func (q *Queue) unmark(ctx context.Context, m queue.Message) {
	if err := q.client.Del(ctx, q.mark(m.Lane, m.Job)).Err(); err != nil {
		q.say(err)
	}
}

// putBack lets a message wait again, at the end of its lane. Where that fails it is
// pending, and comes to another after the visibility time.
func (q *Queue) putBack(ctx context.Context, m queue.Message) {
	_, err := q.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XAdd(ctx, &redis.XAddArgs{Stream: q.streams[m.Lane], Values: []string{field, m.Job}})
		p.XAck(ctx, q.streams[m.Lane], group, m.Receipt)
		p.XDel(ctx, q.streams[m.Lane], m.Receipt)
		return nil
	})
	if err != nil {
		q.say(err)
	}
}

// mayLook lets one receiver of this process at a time look for what was left
// behind, every third of the visibility time.
func (q *Queue) mayLook() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if now.Before(q.sweep) {
		return false
	}
	q.sweep = now.Add(q.visible / 3)
	return true
}

// leftBehind takes a message whose receiver was not heard of for the visibility
// time. A call looks at a few pending messages, so it is repeated to the end.
func (q *Queue) leftBehind(ctx context.Context, lane queue.Lane) (*queue.Message, error) {
	for start := "0-0"; ; {
		entries, next, err := q.client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
			Stream: q.streams[lane], Group: group, Consumer: consumer,
			MinIdle: q.visible, Start: start, Count: 1,
		}).Result()
		if err != nil {
			return nil, fmt.Errorf("claim: %w", err)
		}
		for _, entry := range entries {
			if len(entry.Values) == 0 {
				continue // Redis 6.2 names entries that were deleted
			}
			m := message(lane, entry)
			q.lookAgain()
			q.unmark(ctx, m)
			return &m, nil
		}
		if next == "0-0" {
			return nil, nil
		}
		start = next
	}
}

// lookAgain: where one was left behind there may be more.
func (q *Queue) lookAgain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sweep = time.Time{}
}

// makeGroups makes the groups that are gone with the server's data, or were never
// there. They begin with the first message: all that is in a stream is not done.
func (q *Queue) makeGroups(ctx context.Context, lanes []queue.Lane) error {
	for _, lane := range lanes {
		err := q.client.XGroupCreateMkStream(ctx, q.streams[lane], group, "0").Err()
		if err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
			return fmt.Errorf("make the group: %w", err)
		}
	}
	return nil
}

// say logs the first fault and the first success after it.
func (q *Queue) say(err error) {
	q.mu.Lock()
	was := q.down
	q.down = err != nil
	q.mu.Unlock()
	switch {
	case err != nil && !was:
		q.log.Warn("redis does not serve the queue, trying again", "error", err)
	case err == nil && was:
		q.log.Info("redis serves the queue again")
	}
}

// sleep waits for d or the end of either context.
func sleep(ctx, other context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-other.Done():
	}
}
