<?php
// A client for signupd's socket: PHP and its json extension only, several requests in flight on one connection.
declare(strict_types=1);

/** No result. The code is an HTTP status that a backend can hand on, `reason` what a program decides by. */
final class SignupdError extends RuntimeException
{
    public readonly string $reason;

    /** @param array<string, mixed> $data reason and status, and where they apply field, hint, retry_after … */
    public function __construct(string $message, public readonly array $data)
    {
        parent::__construct($message, $data['status']);
        $this->reason = $data['reason'];
    }

    /** Whether it was done is unknown: repeat it with the same idempotency key. */
    public static function noReply(string $cause): self
    {
        return new self("signupd did not answer: $cause", ['reason' => 'NO_REPLY', 'status' => 504]);
    }
}

/** The connection is lost: it is opened again. */
final class ConnectionLost extends RuntimeException
{
}

final class Signupd
{
    // The server answers within the request's own timeout; this much longer and the answer is not coming.
    private const GRACE_SECONDS = 5;
    private const FIRST_PAUSE_SECONDS = 0.05;
    private const LONGEST_PAUSE_SECONDS = 1.0;
    private const REPLY_BYTES = 65_536;
    // With this many unanswered the server stops reading, and a client that goes on writing would block itself.
    private const IN_FLIGHT = 64;

    /** @var ?resource */
    private $socket = null;
    private int $lastId = 0;

    public function __construct(private string $path, private float $timeoutSeconds = 10.0)
    {
    }

    /** The result, or SignupdError. */
    public function call(string $method, array $params = [], ?string $idempotencyKey = null): array
    {
        $reply = $this->callAll([[$method, $params, $idempotencyKey]])[0];
        return $reply instanceof SignupdError ? throw $reply : $reply;
    }

    /**
     * Several requests at once, `[method, params, key]` each: under the same index its result or its SignupdError.
     * A lost connection is opened again, and what has no reply yet is repeated until its time is up.
     */
    public function callAll(array $requests): array
    {
        foreach ($requests as &$request) {
            // One key for all tries: the repeated request is done once.
            $key = $request[2] ?? bin2hex(random_bytes(16));
            $meta = ['timeout_ms' => (int) round($this->timeoutSeconds * 1000), 'idempotency_key' => $key];
            $request = ['method' => $request[0], 'params' => ['_meta' => $meta] + $request[1]];
        }
        unset($request);
        $answers = [];
        $deadline = microtime(true) + $this->timeoutSeconds + self::GRACE_SECONDS;
        $pause = self::FIRST_PAUSE_SECONDS;
        while (true) {
            try {
                while ($left = array_diff_key($requests, $answers)) {
                    $this->exchange(array_slice($left, 0, self::IN_FLIGHT, true), $answers, $deadline);
                }
                ksort($answers);
                return $answers;
            } catch (ConnectionLost $lost) {
                $this->socket = null;
                if (microtime(true) + $pause > $deadline) {
                    return $answers + array_map(fn () => SignupdError::noReply($lost->getMessage()), $requests);
                }
                usleep((int) ($pause * 1e6));
                $pause = min(2 * $pause, self::LONGEST_PAUSE_SECONDS);
            }
        }
    }

    private function exchange(array $requests, array &$answers, float $deadline): void
    {
        $this->socket ??= @stream_socket_client("unix://$this->path", $code, $text, self::GRACE_SECONDS)
            ?: throw new ConnectionLost("$this->path: $text");
        $waiting = [];
        foreach ($requests as $index => $request) {
            $waiting[++$this->lastId] = $index;
            $line = json_encode(['jsonrpc' => '2.0', 'id' => $this->lastId] + $request, JSON_THROW_ON_ERROR) . "\n";
            if (@fwrite($this->socket, $line) !== strlen($line)) {
                throw new ConnectionLost('the connection broke');
            }
        }
        while ($waiting) {
            $left = max(1, (int) (1e6 * ($deadline - microtime(true))));
            stream_set_timeout($this->socket, intdiv($left, 1_000_000), $left % 1_000_000);
            $line = fgets($this->socket, self::REPLY_BYTES + 1);
            if ($line === false || !str_ends_with($line, "\n")) {
                $isLate = stream_get_meta_data($this->socket)['timed_out'];
                throw new ConnectionLost($isLate ? 'its time is up' : 'the connection ended');
            }
            $reply = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
            if (isset($waiting[$reply['id']])) { // Else it is a reply to a request that was given up.
                $error = $reply['error'] ?? null;
                $answers[$waiting[$reply['id']]] = $error
                    ? new SignupdError($error['message'], $error['data']) : $reply['result'];
                unset($waiting[$reply['id']]);
            }
        }
    }
}
