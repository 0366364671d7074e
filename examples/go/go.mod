module example.org/members

go 1.19
