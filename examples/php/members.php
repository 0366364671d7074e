<?php
// Joins somebody, asking on standard input, or tells how people stand.
// Usage: php members.php SOCKET join
//        php members.php SOCKET status EMAIL…
declare(strict_types=1);

require __DIR__ . '/Signupd.php';

function ask(string $question): string
{
    fwrite(STDERR, "$question: ");
    return rtrim((string) fgets(STDIN), "\n");
}

function showError(SignupdError $error): void
{
    $field = isset($error->data['field']) ? " ({$error->data['field']})" : '';
    echo "{$error->getCode()} $error->reason {$error->getMessage()}$field\n";
}

function join_member(Signupd $signupd): int
{
    $person = ['email' => ask('E-mail'), 'nickname' => ask('Nickname'), 'password' => ask('Password')];
    try {
        $receipt = $signupd->call('signup', $person);
    } catch (SignupdError $error) {
        showError($error);
        return 1;
    }
    echo "201 $receipt[message] (signup $receipt[signup_id])\n";
    while (($code = ask('Code')) !== '') {
        try {
            $params = ['email' => $person['email'], 'signup_id' => $receipt['signup_id'], 'code' => $code];
            $member = $signupd->call('verify', $params);
            echo "200 $member[message] (member $member[member_id])\n";
            return 0;
        } catch (SignupdError $error) {
            showError($error);
        }
    }
    return 1;
}

function status(Signupd $signupd, array $addresses): int
{
    $answers = $signupd->callAll(array_map(fn ($email) => ['status', ['email' => $email]], $addresses));
    foreach ($answers as $index => $answer) {
        if ($answer instanceof SignupdError) {
            showError($answer);
            return 1;
        }
        echo "$addresses[$index] $answer[state]\n";
    }
    return 0;
}

[, $socketPath, $command] = $argv;
$signupd = new Signupd($socketPath, (float) (getenv('MEMBERS_TIMEOUT_SECONDS') ?: 10));
exit($command === 'join' ? join_member($signupd) : status($signupd, array_slice($argv, 3)));
