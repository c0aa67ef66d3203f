from truing.cli import main

main()
