# a colleague is writing this file
