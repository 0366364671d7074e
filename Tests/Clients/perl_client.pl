# IO::Socket::UNIX and JSON::PP, as every Debian has them. Usage: perl_client.pl SOCKET MAILDIR
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;

my ($path, $maildir) = @ARGV;
my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) or die "cannot connect to $path: $!";
my $id = 0;

sub call {
    my ($method, $params) = @_;
    my $request = { jsonrpc => '2.0', id => ++$id, method => $method, params => $params };
    print {$socket} encode_json($request), "\n";
    $socket->flush;
    my $reply = decode_json(scalar <$socket>);
    die "another id" unless $reply->{id} == $id;
    return $reply;
}

sub code_for {
    my ($address) = @_;
    for (1 .. 600) {
        for my $mail (glob "$maildir/new/*") {
            open my $file, '<', $mail or next;
            my $text = do { local $/; <$file> };
            return $1 if $text =~ /^To: \Q$address\E$/m && $text =~ /Your verification code is: (\w{6})/;
        }
        select undef, undef, undef, 0.05;
    }
    die "no mail to $address";
}

my %person = (email => 'perl@example.org', password => 'violet-Kettle 41 harbor', nickname => 'Perl');
my $receipt = call(signup => {%person})->{result} or die 'no signup';
my $code = code_for($person{email});
my $member = call(verify => { email => $person{email}, signup_id => $receipt->{signup_id}, code => $code })->{result};
die 'no member' unless $member && $member->{is_active} && $member->{nickname} eq 'Perl';
my $error = call(signup => {%person})->{error} or die 'a member signed up again';
die $error->{data}{reason} unless $error->{data}{reason} eq 'EMAIL_TAKEN' && $error->{data}{status} == 409;
print "perl: signup, verify and an error reply\n";
