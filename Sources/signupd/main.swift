print("signupd")
